//! Prometheus: metrics have the values a test gives them.

use std::{cell::RefCell, collections::BTreeMap, fs, process::Command};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    place,
    server::{Server, wait_for},
};

const CONFIG: &str = r"
global: { evaluation_interval: 1s }
rule_files: [rules.json]
";

/// A running Prometheus, which scrapes nothing.
pub struct Prometheus {
    server: Server,
    metrics: RefCell<BTreeMap<String, f64>>,
}

impl Prometheus {
    /// Starts one without metrics.
    ///
    /// # Panics
    ///
    /// If it is installed and does not come up.
    pub fn start() -> Option<Self> {
        let program = place::program("prometheus", "prometheus")?;
        let folder = TempDir::new().expect("there is room");
        fs::write(folder.path().join("prometheus.yml"), CONFIG).expect("there is room");
        fs::write(folder.path().join("rules.json"), "{}").expect("there is room");
        let server = Server::start(folder, "/-/ready", |_, port| {
            let mut command = Command::new(&program);
            command.args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"]);
            command.arg("--web.enable-lifecycle");
            command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
            command
        });
        Some(Self { server, metrics: RefCell::default() })
    }

    /// Where it is, without a slash at the end.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// What its API answers to a GET of `/api/v1/<path>`.
    ///
    /// # Panics
    ///
    /// If the answer is an error.
    pub fn api(&self, path: &str) -> Value {
        self.server.get(&format!("/api/v1/{path}"))
    }

    /// Gives `metric` a value, and waits until queries see it.
    ///
    /// # Panics
    ///
    /// If they never do.
    pub fn set(&self, metric: &str, value: f64) {
        let mut metrics = self.metrics.borrow_mut();
        metrics.insert(metric.to_owned(), value);
        // A recorded expression is a metric, and needs nobody to be scraped. JSON is YAML.
        let rule = |(name, value)| json!({ "record": name, "expr": format!("vector({value})") });
        let rules: Vec<Value> = metrics.iter().map(rule).collect();
        let rules = json!({ "groups": [{ "name": "metrics", "rules": rules }] });
        let path = self.server.folder().join("rules.json");
        fs::write(path, rules.to_string()).expect("there is room");
        self.server.post("/-/reload", &Value::Null);
        wait_for(&format!("{metric} is {value}"), || {
            let answer = self.api(&format!("query?query={metric}"));
            let text = answer["data"]["result"][0]["value"][1].as_str()?;
            (text.parse() == Ok(value)).then_some(())
        });
    }
}
