//! Guests written in the text format of WebAssembly: small, and able to do what no compiler would let
//! them.

use std::fmt::Write;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Where the contract lies, seen from this crate.
const CONTRACT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/wit/v0.1.0");
/// What language runtimes bring along, as far as guests here use it.
const COMMAND_LINE: &str = "package wasi:cli@0.2.12;
    interface exit { exit: func(status: result); }
    interface stdout {
        use wasi:io/streams@0.2.12.{output-stream};
        get-stdout: func() -> output-stream;
    }";
const WORLD: &str = "package demo:guest;
    world plugin {
        include hardstop:plugin/plugin@0.1.0;
        import wasi:cli/exit@0.2.12;
        import wasi:cli/stdout@0.2.12;
    }";
/// Where an answer is laid out.
pub(crate) const ANSWER: usize = 1024;
/// Where texts are laid out.
const TEXTS: usize = 4096;

/// A guest in the making. What is not told answers with a trap.
pub(crate) struct Guest {
    functions: [String; 5],
    declarations: String,
    data: String,
    texts_end: usize,
    answer: usize,
}

impl Guest {
    /// One that can be described and does nothing else.
    pub(crate) fn new() -> Self {
        let trap = || "unreachable".to_owned();
        Self {
            functions: [trap(), trap(), trap(), trap(), trap()],
            declarations: "(memory (export \"memory\") 2)".to_owned(),
            data: String::new(),
            texts_end: TEXTS,
            answer: ANSWER,
        }
        .describes("{}")
    }

    /// Says this of itself.
    pub(crate) fn describes(self, manifest: &str) -> Self {
        let (guest, at) = self.text(manifest);
        let data = [words(&[at, manifest.len()])].concat();
        guest.bytes(512, &data).function(0, "i32.const 512")
    }

    /// Runs this when it is to describe itself.
    pub(crate) fn describe(self, body: &str) -> Self {
        self.function(0, body)
    }

    /// Runs this when it is invoked. An answer's address is what is left on the stack.
    pub(crate) fn invoke(self, body: &str) -> Self {
        self.function(1, body)
    }

    /// Runs this when it is polled.
    pub(crate) fn poll(self, body: &str) -> Self {
        self.function(2, body)
    }

    /// Runs this when it is probed.
    pub(crate) fn probe(self, body: &str) -> Self {
        self.function(3, body)
    }

    /// Runs this when it is cancelled.
    pub(crate) fn cancel(self, body: &str) -> Self {
        self.function(4, body)
    }

    /// Adds imports, globals, functions, or another memory in place of its own.
    pub(crate) fn declare(mut self, text: &str) -> Self {
        if text.contains("(memory") {
            self.declarations.clear();
        }
        self.declarations = format!("{text}\n{}", self.declarations);
        self
    }

    /// Lays out an answer `done` with this value at [`ANSWER`].
    pub(crate) fn done(self, value: &str) -> Self {
        let (guest, at) = self.text(value);
        let answer = [0, 0, 0, 0, at, value.len(), 0, 0, 0, 0, 0];
        guest.answers(&words(&answer))
    }

    /// Lays out an answer `pending` with this state at [`ANSWER`].
    pub(crate) fn pending(self, state: &str, poll_after_ms: usize) -> Self {
        let (guest, at) = self.text(state);
        let answer = [0, 0, 1, 0, at, state.len(), poll_after_ms, 0, 0, 0, 0, 0, 0, 0];
        guest.answers(&words(&answer))
    }

    /// Lays out an answer that failed, to be tried again in a second, at [`ANSWER`].
    pub(crate) fn failed(self, code: &str, message: &str) -> Self {
        let (guest, code_at) = self.text(code);
        let (guest, at) = guest.text(message);
        let answer = [1, 0, code_at, code.len(), at, message.len(), 1, 0, 1, 0, 1000, 0, 0, 0, 0];
        guest.answers(&words(&answer))
    }

    /// Lays out further answers here instead.
    pub(crate) fn at(mut self, answer: usize) -> Self {
        self.answer = answer;
        self
    }

    fn answers(self, bytes: &[u8]) -> Self {
        let at = self.answer;
        self.bytes(at, bytes)
    }

    /// Lays out bytes anywhere.
    pub(crate) fn bytes(mut self, at: usize, bytes: &[u8]) -> Self {
        let escaped = bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "\\{byte:02x}").expect("strings grow");
            text
        });
        writeln!(self.data, "(data (i32.const {at}) \"{escaped}\")").expect("strings grow");
        self
    }

    /// Lays out a text and says where.
    pub(crate) fn text(self, text: &str) -> (Self, usize) {
        let at = self.texts_end;
        let mut guest = self.bytes(at, text.as_bytes());
        guest.texts_end += text.len();
        (guest, at)
    }

    fn function(mut self, index: usize, body: &str) -> Self {
        body.clone_into(&mut self.functions[index]);
        self
    }

    /// The component.
    pub(crate) fn build(&self) -> Vec<u8> {
        let mut resolve = Resolve::default();
        resolve.push_dir(CONTRACT).expect("the contract parses");
        resolve.push_str("cli.wit", COMMAND_LINE).expect("it parses");
        let package = resolve.push_str("guest.wit", WORLD).expect("it parses");
        component(&resolve, package, &self.module("0.1.0"))
    }

    /// A component that keeps a contract nobody knows.
    pub(crate) fn build_for_tomorrow(&self) -> Vec<u8> {
        let contract = std::fs::read_to_string(format!("{CONTRACT}/plugin.wit"));
        let contract = contract.expect("it is there").replace("@0.1.0;", "@0.9.0;");
        let (interface, _) = contract.split_once("/// What a plugin leaves").expect("it is there");
        let text = format!("{interface}\nworld plugin {{ export action; }}");
        let mut resolve = Resolve::default();
        let package = resolve.push_str("tomorrow.wit", &text).expect("it parses");
        component(&resolve, package, &self.module("0.9.0"))
    }

    /// The core module, without its wrapping.
    pub(crate) fn module(&self, version: &str) -> Vec<u8> {
        let call = "(param $action i32) (param $action_len i32) (param $input i32) \
             (param $input_len i32) (param $key i32) (param $key_len i32) (param $attempt i32) \
             (param $recovering i32)";
        let state = "(param $state i32) (param $state_len i32)";
        let option = "(param $has_state i32) (param $state i32) (param $state_len i32)";
        let signatures = [
            ("describe", String::new()),
            ("invoke", call.to_owned()),
            ("poll", format!("{call} {state}")),
            ("probe", call.to_owned()),
            ("cancel", format!("{call} {option}")),
        ];
        let mut text = format!("(module\n{}\n{}", self.declarations, self.data);
        for ((name, parameters), body) in signatures.iter().zip(&self.functions) {
            writeln!(
                text,
                "(func (export \"hardstop:plugin/action@{version}#{name}\") {parameters} (result i32)
                    (local $i i32) (local $j i32) (local $k i32)\n{body})"
            )
            .expect("strings grow");
        }
        // Hands out memory from the second page on, and never takes it back.
        text.push_str(
            "(global $free (mut i32) (i32.const 65536))
             (func $realloc (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32)
               (global.set $free (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
               global.get $free
               (global.set $free (i32.add (global.get $free) (local.get 3)))))",
        );
        wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }
}

fn component(resolve: &Resolve, package: wit_parser::PackageId, module: &[u8]) -> Vec<u8> {
    let world = resolve.select_world(&[package], Some("plugin")).expect("there is a world");
    let mut module = module.to_vec();
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8).expect("it fits");
    let encoder = ComponentEncoder::default().validate(true).module(&module);
    encoder.and_then(|mut encoder| encoder.encode()).unwrap_or_else(|error| panic!("{error:#}"))
}

fn words(words: &[usize]) -> Vec<u8> {
    let word = |word: &usize| u32::try_from(*word).expect("addresses are small").to_le_bytes();
    words.iter().flat_map(word).collect()
}
