//! Seed 002's symlink phase against a real Buildbot: whatever becomes of the runner, production is
//! moved once, and nobody goes on before the proof of it is committed.

use std::{
    fs::{self, File, Permissions},
    os::unix::fs::PermissionsExt as _,
    process::{Child, Stdio},
    sync::mpsc::Receiver,
    time::Duration,
};

use hardstop_core::{
    event::{Event, RunResult},
    ids::RunId,
};
use hardstop_tests_peers::Buildbot;
use serde_json::Value;

use crate::{
    journal::{count, events, recorded, recorded_at, result},
    kills::{kill, random},
    locks::eventually,
    place::{Place, RUNBOOK},
    proxy::Proxy,
};

const SYMLINK: &str = include_str!("../fixtures/symlink/prod-symlink.yaml");
const BUILDER: &str = "symlink";
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often the runner is killed at random instants.
const KILLS: u32 = 10;

/// A run that is about to move the symlink, the Buildbot that does it, and what lies between them.
struct Scene {
    place: Place,
    run: RunId,
    buildbot: Buildbot,
    proxy: Proxy,
}

impl Scene {
    /// `None` where Buildbot is not installed.
    fn set(runbook: &str) -> Option<Self> {
        let buildbot = Buildbot::start(&[BUILDER], &["BUILD"])?;
        let proxy = Proxy::before(buildbot.url());
        let place = Place::with(runbook);
        let password = place.outside().join("password");
        fs::write(&password, Buildbot::PASSWORD).unwrap();
        fs::set_permissions(&password, Permissions::from_mode(0o600)).unwrap();
        let (url, user, file) = (&proxy.url, Buildbot::USER, password.display());
        let config = format!(
            "apiVersion: hardstop/v1\nkind: Config\nplugins:\n  buildbot:\n    \
             config: {{url: \"{url}\", user: {user}}}\n    grants:\n      \
             http: [{{origin: \"{url}\", private: true}}]\n      \
             secrets: {{token: {{file: \"{file}\", header: authorization, hosts: [127.0.0.1]}}}}\n"
        );
        place.commit(".hardstop/config.yaml", &config);
        place.expect(0, "plugin add buildbot");
        place.git(&["add", "hardstop.lock"]);
        place.git(&["commit", "--quiet", "--message", "lock"]);
        place.expect(3, &format!("run {RUNBOOK} --input build=1359 --input previous_build=1268"));
        let run = place.only();
        place.expect(0, &format!("tick {run} raise_train raised"));
        place.expect(3, &format!("advance {run}"));
        let code = place.stand(&run)["waiting"][0]["code"].as_str().unwrap().to_owned();
        place.expect(0, &format!("approve {code}"));
        Some(Self { place, run, buildbot, proxy })
    }

    /// Begins to move the run, and waits for what takes time.
    fn advance(&self) -> Child {
        let mut command = self.place.program(&format!("advance {} --wait 10m", self.run));
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Moves the run, and kills the runner once it waits for the answer that is kept back.
    fn kill_at(&self, answered: &Receiver<()>) {
        let runner = self.advance();
        answered.recv_timeout(PATIENCE).unwrap();
        killed(runner);
    }

    fn builds(&self) -> Vec<Value> {
        self.buildbot.builds(BUILDER)
    }

    /// What Buildbot says to have built, by the console of each build.
    fn built(&self) -> Vec<String> {
        let built = self.builds().into_iter().map(|build| {
            let path = format!("builds/{}/properties", build["buildid"]);
            let known = self.buildbot.api(&path);
            known["properties"][0]["BUILD"][0].as_str().unwrap_or_default().to_owned()
        });
        built.collect()
    }

    /// The journal as it is on disk.
    fn live(&self) -> Vec<Event> {
        let path = format!(".git/hardstop/runs/{}/journal.jsonl", self.run);
        let text = fs::read_to_string(self.place.root().join(path)).unwrap_or_default();
        // The last line may be about to be written.
        events(text.rsplit_once('\n').map_or("", |(whole, _)| whole))
    }

    /// What was noted about the train.
    fn train(&self) -> String {
        fs::read_to_string(self.place.root().join(".git/train.txt")).unwrap_or_default()
    }

    /// Checks that the run moved production once and left the proof before it went on.
    fn is_told_as_it_was(&self) {
        let Self { place, run, .. } = self;
        let told = recorded(place, run);
        assert_eq!(result(&told), RunResult::Succeeded);
        assert_eq!(self.built(), ["1359"]);
        assert_eq!(
            self.buildbot.api("buildrequests")["buildrequests"].as_array().unwrap().len(),
            1
        );
        let proof = format!("{}/steps/update_symlink/1/files/console", run.folder());
        let text = place.git(&["show", &format!("hardstop/evidence:{proof}")]);
        let url = text.lines().next().unwrap().strip_prefix("Job: ").unwrap().to_owned();
        assert!(url.ends_with("/#/builders/1/builds/1"), "{url}");
        assert!(text.contains("BUILD=1359"), "{text}");
        assert_eq!(self.train(), format!("published {url}\ncompleted\n"));
        // The commit that brought it has no start of what follows.
        let commits = ["log", "--reverse", "--format=%H", "hardstop/evidence", "--", &proof];
        let commits = place.git(&commits);
        let then = recorded_at(place, commits.lines().next().unwrap(), run);
        assert_eq!(count(&then, |event| succeeded(event, "update_symlink")), 1);
        assert_eq!(count(&then, |event| started(event, "publish_evidence")), 0);
        assert_eq!(count(&told, |event| started(event, "publish_evidence")), 1);
        place.is_sound();
        // Nor does anything happen once it is over.
        place.hardstop(&format!("advance {run}"));
        place.hardstop("advance");
        assert_eq!(self.builds().len(), 1);
    }
}

fn succeeded(event: &Event, id: &str) -> bool {
    matches!(event, Event::StepSucceeded { step, .. } if step.as_str() == id)
}

fn started(event: &Event, id: &str) -> bool {
    matches!(event, Event::AttemptStarted { step, .. } if step.as_str() == id)
}

fn killed(mut runner: Child) {
    assert_eq!(runner.try_wait().unwrap(), None, "the runner had ended by itself");
    runner.kill().unwrap();
    runner.wait().unwrap();
}

#[test]
fn a_runner_killed_in_each_part_of_the_symlink_step_moves_it_once() {
    let Some(scene) = Scene::set(SYMLINK) else { return };
    let Scene { place, run, buildbot, proxy } = &scene;
    buildbot.hold(BUILDER);
    // While it triggers: Buildbot has begun, and nobody heard of it.
    scene.kill_at(&proxy.keep_back("POST /api/v2/forceschedulers/force "));
    buildbot.wait_for_builds(BUILDER, 1);
    place.expect(3, &format!("advance {run}"));
    assert_eq!(scene.builds().len(), 1);
    // While it polls.
    scene.kill_at(&proxy.keep_back("GET /api/v2/buildrequests/"));
    // When the build is over and its evidence is not committed: somebody else writes the branch.
    let turn = File::options().write(true).open(place.root().join(".git/hardstop/evidence-turn"));
    let turn = turn.unwrap();
    turn.lock().unwrap();
    let runner = scene.advance();
    buildbot.release(BUILDER);
    let is_done = |event: &Event| succeeded(event, "update_symlink");
    eventually("the symlink is moved", || count(&scene.live(), is_done) == 1);
    killed(runner);
    turn.unlock().unwrap();
    assert_eq!(count(&recorded(place, run), is_done), 0);
    assert_eq!(count(&scene.live(), |event| started(event, "publish_evidence")), 0);
    assert_eq!(scene.train(), "");
    place.expect(0, &format!("advance {run}"));
    scene.is_told_as_it_was();
}

#[test]
fn a_runner_killed_at_any_instant_moves_it_once() {
    let Some(scene) = Scene::set(SYMLINK) else { return };
    scene.buildbot.hold(BUILDER);
    let mut random = random();
    let line = format!("advance {} --wait 10m", scene.run);
    for _ in 0..KILLS {
        let life = Duration::from_millis(random.u64(0..3_000));
        let is_killed = kill(&scene.place, &line, life);
        assert!(is_killed, "the build is held: {:#}", scene.place.stand(&scene.run));
        assert!(scene.builds().len() <= 1);
    }
    scene.buildbot.release(BUILDER);
    scene.place.expect(0, &line);
    scene.is_told_as_it_was();
}

#[test]
fn an_abort_ends_the_build_and_takes_back_what_it_did() {
    let Some(scene) = Scene::set(SYMLINK) else { return };
    let Scene { place, run, buildbot, .. } = &scene;
    buildbot.hold(BUILDER);
    place.expect(3, &format!("advance {run}"));
    buildbot.wait_for_builds(BUILDER, 1);
    place.expect(0, &format!("abort {run} --reason wrong-build"));
    let runner = scene.advance();
    buildbot.wait_for_builds(BUILDER, 2);
    buildbot.release(BUILDER);
    let ended = runner.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(scene.built(), ["1359", "1268"]);
    let results: Vec<_> = scene.builds().iter().map(|build| build["results"].clone()).collect();
    assert_eq!(results, [CANCELLED, SUCCESS]);
    assert_eq!((result(&recorded(place, run)), scene.train()), (RunResult::Aborted, String::new()));
    place.is_sound();
}

/// Buildbot's numbers.
const SUCCESS: u64 = 0;
const CANCELLED: u64 = 6;

#[test]
fn a_build_that_takes_too_long_is_ended_and_set_back() {
    // Longer than it takes until a build begins.
    let quick = SYMLINK.replacen("timeout: 10m", "timeout: 10s", 1);
    let Some(scene) = Scene::set(&quick) else { return };
    let Scene { place, run, buildbot, .. } = &scene;
    buildbot.hold(BUILDER);
    let runner = scene.advance();
    buildbot.wait_for_builds(BUILDER, 2);
    buildbot.release(BUILDER);
    let ended = runner.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(3));
    assert_eq!(scene.built(), ["1359", "1268"]);
    let results: Vec<_> = scene.builds().iter().map(|build| build["results"].clone()).collect();
    assert_eq!(results, [CANCELLED, SUCCESS]);
    place.expect(0, &format!("why {run}")).says(&["update_symlink"]);
    assert_eq!(scene.train(), "");
    place.is_sound();
}
