//! A gate without a network decides as any other.

use std::sync::{Arc, Mutex};

use super::kit::{CANARY, get, grants, request, token, with_token};
use crate::{Answers, Code, Gate, Refused, Request, Response};

/// Repeats the header it was sent, and remembers what it was asked.
#[derive(Default)]
struct Echo(Mutex<Vec<String>>);

impl Answers for Echo {
    fn answer(&self, request: Request) -> Result<Response, Refused> {
        self.0.lock().unwrap().push(format!("{} {}", request.method, request.url));
        let sent = request.headers.get("authorization").map(|it| it.to_str().unwrap().to_owned());
        Response::written(200, &[].into(), sent.unwrap_or_default())
            .map_err(|message| Refused { code: Code::Broken, message })
    }
}

#[tokio::test]
async fn what_is_granted_is_answered_and_nothing_else() {
    let echo = Arc::new(Echo::default());
    let origin = "https://nowhere.example.com".to_owned();
    let granted = with_token(grants(&[origin]), &["nowhere.example.com"]);
    let answers: Arc<dyn Answers> = Arc::<Echo>::clone(&echo);
    let gate = Gate::recorded("plugins.ci", &granted, token(), answers).unwrap();
    let refused = get(&gate, "https://elsewhere.example.com/").await.unwrap_err();
    assert_eq!(refused.code, Code::Grant);
    let placeholder = gate.placeholder("token").unwrap();
    let asked = |header| request("GET", "https://nowhere.example.com/a", &[(header, &placeholder)]);
    let refused = gate.send(asked("cookie")).await.unwrap_err();
    assert_eq!(refused.code, Code::Secret);
    let answer = gate.send(asked("authorization")).await.unwrap();
    assert_eq!(answer.body, "[REDACTED:token]", "the value was there, and is masked");
    assert!(!format!("{answer:?}").contains(CANARY));
    assert_eq!(*echo.0.lock().unwrap(), ["GET https://nowhere.example.com/a"]);
    let statuses: Vec<_> = gate.records().iter().map(|record| record.status).collect();
    assert_eq!(statuses, [None, None, Some(200)]);
}

#[test]
fn what_no_server_could_say_is_not_written() {
    let written = |status, name: &str, value: &str| {
        Response::written(status, &[(name.to_owned(), value.to_owned())].into(), String::new())
    };
    assert!(written(200, "x-a", "b").is_ok());
    assert!(written(99, "x-a", "b").unwrap_err().contains("99"));
    assert!(written(200, "x a", "b").unwrap_err().contains("x a"));
    assert!(written(200, "x-a", "b\n").is_err());
}
