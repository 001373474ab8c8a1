//! What Jenkins' remote API says, and how it is asked.

use hardstop_ci::access;
use hardstop_sdk::{
    Call, Failure,
    http::{Method, RequestBuilder, Response, encode},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// The part of a build that is asked for.
pub(crate) const BUILD: &str = "number,url,result,building,artifacts[relativePath]";

#[derive(Debug, Deserialize)]
pub(crate) struct Build {
    pub(crate) number: u64,
    pub(crate) url: String,
    /// `None` while it builds.
    pub(crate) result: Option<String>,
    pub(crate) building: bool,
    #[serde(default)]
    pub(crate) artifacts: Vec<Artifact>,
}

impl Build {
    /// Whether it ended well; as UNSTABLE only if that is taken for success.
    pub(crate) fn is_good(&self, unstable: bool) -> bool {
        match self.result.as_deref() {
            Some("SUCCESS") => true,
            Some("UNSTABLE") => unstable,
            Some(_) | None => false,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Artifact {
    pub(crate) relative_path: String,
}

/// A place in the queue; it is forgotten some minutes after the build has begun.
#[derive(Debug, Deserialize)]
pub(crate) struct Item {
    pub(crate) why: Option<String>,
    #[serde(default)]
    pub(crate) cancelled: bool,
    pub(crate) executable: Option<Executable>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Executable {
    pub(crate) number: u64,
}

/// What can be built: Jenkins says `job`.
#[derive(Debug, Deserialize)]
pub(crate) struct Buildable {
    #[serde(default)]
    pub(crate) property: Vec<Property>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Property {
    #[serde(default)]
    pub(crate) parameter_definitions: Vec<Definition>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Definition {
    pub(crate) name: String,
}

/// What holds the parameters of builds and of what is queued.
#[derive(Debug, Deserialize)]
pub(crate) struct Marked {
    /// Of what is queued.
    pub(crate) id: Option<u64>,
    /// Of a build.
    pub(crate) number: Option<u64>,
    /// The place in the queue that a build came from.
    #[serde(rename = "queueId")]
    pub(crate) queue: Option<u64>,
    #[serde(flatten)]
    pub(crate) parameters: Actions,
}

/// A build and what it was begun with.
#[derive(Debug, Deserialize)]
pub(crate) struct Past {
    #[serde(flatten)]
    pub(crate) build: Build,
    #[serde(flatten)]
    pub(crate) parameters: Actions,
}

/// What was done to a build; the parameters are among it.
#[derive(Debug, Deserialize)]
pub(crate) struct Actions {
    #[serde(default)]
    actions: Vec<Option<Parameters>>,
}

#[derive(Debug, Deserialize)]
struct Parameters {
    #[serde(default)]
    parameters: Vec<Parameter>,
}

#[derive(Debug, Deserialize)]
struct Parameter {
    name: String,
    #[serde(default)]
    value: Value,
}

impl Actions {
    fn all(&self) -> impl Iterator<Item = &Parameter> {
        self.actions.iter().flatten().flat_map(|it| &it.parameters)
    }

    /// Whether a parameter has this value, written as text.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        let written = |it: &Value| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
        self.all().any(|it| it.name == name && written(&it.value) == value)
    }

    /// Names and values.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (String, Value)> {
        self.all().map(|it| (it.name.clone(), it.value.clone()))
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Builds {
    #[serde(default, rename = "allBuilds")]
    pub(crate) builds: Vec<Marked>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PastBuilds {
    #[serde(default)]
    pub(crate) builds: Vec<Past>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Queue {
    #[serde(default)]
    pub(crate) items: Vec<Marked>,
}

/// Where a thing of the name `folder/name` lies, below the root.
pub(crate) fn path(job: &str) -> String {
    let names = job.split('/').filter(|name| !name.is_empty());
    names.map(|name| format!("job/{}", encode(name))).collect::<Vec<_>>().join("/")
}

/// Asks for what lies at `path`.
pub(crate) fn get<'a>(call: &'a Call, path: &str) -> Result<RequestBuilder<'a>, Failure> {
    Ok(access(call, call.get(format!("{}/{path}", call.base("url")?))))
}

/// Asks for what would be said of what lies at `path`, without it.
pub(crate) fn head<'a>(call: &'a Call, path: &str) -> Result<RequestBuilder<'a>, Failure> {
    let url = format!("{}/{path}", call.base("url")?);
    Ok(access(call, call.request(Method::Head, url)))
}

/// A part of what lies at `path`.
pub(crate) fn tree<T: DeserializeOwned>(call: &Call, path: &str, tree: &str) -> Result<T, Failure> {
    get(call, &format!("{path}/api/json"))?.query("tree", tree).ok()?.json()
}

/// Does something. With an API token that is all; otherwise Jenkins wants a crumb first, which
/// belongs to a session.
pub(crate) fn post(
    call: &Call,
    path: &str,
    form: &[(String, String)],
) -> Result<Response, Failure> {
    let url = format!("{}/{path}", call.base("url")?);
    let pairs = || form.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let first = access(call, call.post(&url)).form(pairs()).send()?;
    if first.status != 403 || !first.text().contains("crumb") {
        return Ok(first);
    }
    let answer = get(call, "crumbIssuer/api/json")?.ok()?;
    let crumb: Crumb = answer.json()?;
    let cookies = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
    let cookies: Vec<&str> = cookies.filter_map(|(_, cookie)| cookie.split(';').next()).collect();
    access(call, call.post(&url))
        .form(pairs())
        .header(&crumb.field, crumb.crumb)
        .header("cookie", cookies.join("; "))
        .send()
}

#[derive(Debug, Deserialize)]
struct Crumb {
    crumb: String,
    #[serde(rename = "crumbRequestField")]
    field: String,
}
