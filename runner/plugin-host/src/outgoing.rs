//! Bounds on what a guest says of a request before it hands it over. `wasi:http` keeps these texts
//! as long as the guest likes, and they lie in no memory of the guest's that anybody measures.

use hardstop_core::limits;
use wasmtime::{
    StoreContextMut,
    component::{Linker, Resource},
};
use wasmtime_wasi_http::{
    WasiHttpView as _,
    p2::bindings::http::types::{HostOutgoingRequest as _, Method, OutgoingRequest},
};

use crate::guest::Guest;

/// What wasmtime calls the interface.
const TYPES: &str = "wasi:http/types@0.2.12";
/// Bytes of one such text. The gate takes less than half, and says what is wrong; a guest that is
/// refused here learns only that it was.
const TEXT_BYTES_MAX: usize = 2 * limits::CALL_URL_BYTES_MAX;

type Context<'a> = StoreContextMut<'a, Guest>;
type Request = Resource<OutgoingRequest>;
/// What the guest gets: whether it was taken.
type Taken = wasmtime::Result<(Result<(), ()>,)>;

/// Puts bounds before the functions of wasmtime that have none. A scheme has one.
pub(crate) fn bound(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut types = linker.instance(TYPES)?;
    types.func_wrap("[method]outgoing-request.set-method", set_method)?;
    types.func_wrap("[method]outgoing-request.set-authority", set_authority)?;
    types.func_wrap("[method]outgoing-request.set-path-with-query", set_path)?;
    linker.allow_shadowing(false);
    Ok(())
}

fn set_method(mut context: Context<'_>, (request, method): (Request, Method)) -> Taken {
    if matches!(&method, Method::Other(text) if text.len() > TEXT_BYTES_MAX) {
        return Ok((Err(()),));
    }
    Ok((context.data_mut().http().set_method(request, method)?,))
}

fn set_authority(mut context: Context<'_>, (request, text): (Request, Option<String>)) -> Taken {
    if is_long(text.as_ref()) {
        return Ok((Err(()),));
    }
    Ok((context.data_mut().http().set_authority(request, text)?,))
}

fn set_path(mut context: Context<'_>, (request, text): (Request, Option<String>)) -> Taken {
    if is_long(text.as_ref()) {
        return Ok((Err(()),));
    }
    Ok((context.data_mut().http().set_path_with_query(request, text)?,))
}

fn is_long(text: Option<&String>) -> bool {
    text.is_some_and(|text| text.len() > TEXT_BYTES_MAX)
}
