//! Where secrets come from, and that none gets out.

use std::{os::unix::fs::PermissionsExt, time::Duration};

use hardstop_core::{
    event::Cause,
    model::{Capture, Secret},
};

use super::{Stop, Trial, block_on};

fn command(argv: &[&str]) -> Secret {
    Secret::Command(argv.iter().copied().map(String::from).collect())
}

fn key(argv: &[&str]) -> Trial {
    Trial::sh("printf '%s' \"$SECRET\" | base64; printf \"$SECRET\"")
        .secret_from("key", command(argv))
}

#[test]
fn a_file_or_a_command_gives_the_value_without_its_last_line_break() {
    let trial = Trial::sh("printf \"<$SECRET>\" | tr a-z A-Z");
    let performed = trial.secret_from("pin", Secret::File("/run/pin".to_owned())).run();
    assert_eq!(performed.stdout(), "<OF /RUN/PIN>");

    let trial = Trial::sh("printf \"<$SECRET>\" | tr a-z A-Z; echo \"$SECRET\"");
    let performed = trial.secret_from("key", command(&["printf", "of the\\nkey\\n\\n"])).run();
    assert_eq!(performed.stdout(), "<OF THE\nKEY\n>[REDACTED:key]\n\n");
}

#[test]
fn what_a_command_prints_is_masked_and_nowhere_kept() {
    let performed = key(&["sh", "-c", "echo open-sesame; echo open-sesame >&2"]).run();
    assert!(performed.stdout().ends_with("[REDACTED:key]"));
    assert!(!format!("{performed:?}").contains("b3Blbi1zZXNhbWU"));
    assert_eq!(performed.files.len(), 1);
}

#[test]
fn what_the_escapes_of_json_hid_is_masked_as_well() {
    let escaped = |c| format!("\\\\u{:04x}", u32::from(c));
    let spelled = "open-sesame".chars().map(escaped).collect::<Vec<_>>().concat();
    let json = format!("{{\"echo\": [\"<{spelled}>\"], \"{spelled}\": 1}}");
    let trial = Trial::argv(&["printf", "%s", &json]).capture(Capture::Json);
    let performed = trial.secret_from("key", command(&["echo", "open-sesame"])).run();
    let told = format!("{:?}", performed.outcome);
    assert_eq!(told.matches("[REDACTED:key]").count(), 2, "{told}");
    assert!(!told.contains("u006f"), "{told}");
}

#[test]
fn a_provider_that_fails_is_named_without_what_it_printed() {
    for (argv, problem) in [
        (
            &["sh", "-c", "echo open-sesame; echo open-sesame >&2; exit 3"][..],
            "`sh` failed with exit code 3",
        ),
        (&["no-such-program"], "not found"),
        (&["true"], "it is empty"),
        (&["echo", "12345"], "fewer than 6 bytes"),
        (&["head", "-c", "20000", "/dev/zero"], "too long for a secret"),
        (&["head", "-c", "16385", "/dev/zero"], "more than 16384 bytes"),
        (&["printf", "open\\0sesame"], "a zero byte"),
        (&["printf", "\\377open-sesame"], "is not UTF-8"),
    ] {
        let performed = key(argv).run();
        performed.fails_with("secret `key` is not available");
        performed.fails_with(problem);
        assert!(matches!(performed.cause(), Cause::NotStarted { .. }));
        assert!(!format!("{performed:?}").contains("sesame") && performed.files.is_empty());
    }
}

#[test]
fn empty_and_short_secrets_keep_the_command_from_starting() {
    Trial::argv(&["env"])
        .secret("empty")
        .run()
        .fails_with("secret `empty` is not available: it is empty");
    Trial::argv(&["env"]).secret("short").run().fails_with("could not be masked: use a longer one");
}

#[test]
fn a_provider_needs_a_grant_like_any_command() {
    let mut trial = key(&["printf", "open-sesame"]);
    trial.exec.allow = Some(vec!["sh".to_owned()]);
    let performed = trial.run();
    assert!(matches!(performed.cause(), Cause::NotGranted { .. }), "{:?}", performed.cause());
    performed.fails_with("secret `key`");
    // And what may not be executed gets no secret, and nobody is asked for one.
    trial.exec.allow = Some(vec!["touch".to_owned()]);
    trial.secrets.insert("key".to_owned(), command(&["touch", "asked"]));
    trial.run().fails_with("`sh` may not be executed");
    assert!(!trial.repository.path().join("asked").exists());
}

#[test]
fn a_provider_ends_with_the_time_of_the_step_or_when_it_is_stopped() {
    let mut trial = key(&["sleep", "60"]);
    trial.remaining = Duration::from_millis(100);
    trial.run().fails_with("`sleep` timed out");
    trial.remaining = Duration::from_secs(20);
    let stop = trial.stop.0.clone();
    let performed = block_on(async {
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            stop.send_replace(Some(Stop::Aborted));
        });
        trial.perform().await
    });
    assert_eq!(*performed.cause(), Cause::Aborted);
}

#[test]
fn a_secret_another_step_fetches_meanwhile_is_masked_in_what_is_printed_after() {
    let mut first =
        Trial::sh("echo open-sesame; while [ ! -e go ]; do sleep 0.02; done; echo open-sesame");
    first.secrets.insert("key".to_owned(), command(&["printf", "open-sesame"]));
    let mut second = Trial::sh("touch \"$GO\"")
        .secret_from("key", command(&["printf", "open-sesame"]))
        .env("GO", first.repository.path().join("go").to_str().unwrap());
    second.exec.secrets = first.exec.secrets.clone();
    let (first, second) = block_on(async {
        let second = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            second.perform().await
        };
        tokio::join!(first.perform(), second)
    });
    second.outputs();
    assert_eq!(first.stdout(), "open-sesame\n[REDACTED:key]\n", "the first nobody could know");
}

#[test]
fn what_looks_like_a_credential_stays_with_the_runner_for_its_owner_alone() {
    let token = format!("ghp_{}", "a1B2".repeat(9));
    let trial = Trial::sh("echo \"$T $SECRET\"").env("T", &token).secret("token");
    let performed = trial.run();
    let path = "quarantine/steps/main/try/2/stdout.log";
    performed.fails_with(&format!("stays in the run's workspace as `{path}`"));
    let place = trial.workspace.path().join(path);
    let kept = std::fs::read_to_string(&place).unwrap();
    assert_eq!(kept, format!("{token} [REDACTED:token]\n"));
    assert_eq!(place.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    trial.run().fails_with("was thrown away");
    assert_eq!(std::fs::read_to_string(&place).unwrap(), kept, "an earlier one is not overwritten");
}
