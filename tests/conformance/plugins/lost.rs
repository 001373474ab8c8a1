//! The server does what it is asked for, and the connection ends before it says so. Whatever follows,
//! it is never done a second time.

use hardstop_ports::plugin::{Answer, Ended, Leg};

use crate::{
    call::{INVOKE, Plugin, failure, output, state},
    server::{Server, Wrong},
    shipped::{Lost, Row, Shape, each, rows},
};

each!(check);

/// Legs in which a build must have ended.
const LEGS_MAX: usize = 5;

fn check(name: &'static str) {
    let plugin = Plugin::shipped(name);
    for row in rows(name).iter().filter(|row| row.lost != Lost::Nothing) {
        if row.shape == Shape::Checkpoint {
            one_that_was_gone_goes_on_from_its_checkpoint(&plugin, row);
            continue;
        }
        one_that_goes_on_settles_it(&plugin, row);
        one_that_was_gone_is_told_by_a_probe(&plugin, row);
    }
}

/// The runner lives, and gets no answer.
fn one_that_goes_on_settles_it(plugin: &Plugin, row: &Row) {
    let (server, mut ended) = lose(plugin, row);
    let (grants, with) = (plugin.grants(&server.url), row.with(plugin, &server.url));
    match (row.shape, row.lost) {
        (Shape::Builds, _) => {
            for _ in 0..LEGS_MAX {
                let Answer::Pending(pending) = ended.answer else { break };
                let leg = Leg::Poll { state: pending.state };
                ended = plugin.call(&grants, row.action, &with, leg);
            }
            output(&ended);
        }
        (_, Lost::Found) => drop(output(&ended)),
        (_, lost) => assert_eq!(failure(&ended).retryable, lost == Lost::Sets, "{ended:?}"),
    }
    never_twice(&server, row);
}

/// The runner dies before it gets an answer, and another one looks.
fn one_that_was_gone_is_told_by_a_probe(plugin: &Plugin, row: &Row) {
    let (server, _) = lose(plugin, row);
    server.mends();
    let (grants, with) = (plugin.grants(&server.url), row.with(plugin, &server.url));
    let found = plugin.call(&grants, row.action, &with, Leg::Probe);
    let is_idempotent = plugin.manifest()["actions"][row.action]["idempotent"] == true;
    let again = match (&found.answer, row.lost, row.shape) {
        (Answer::Pending(_), Lost::Found, Shape::Builds)
        | (Answer::Done(_), Lost::Found, Shape::Once) => false,
        (Answer::NotStarted, Lost::Again, _) => true,
        (Answer::CannotTell(_), Lost::Sets, _) if is_idempotent => true,
        (Answer::CannotTell(_), Lost::People, _) if !is_idempotent => false,
        _ => panic!("{}/{}: a probe says {:?}", row.plugin, row.action, found.answer),
    };
    if again {
        output(&plugin.call(&grants, row.action, &with, Leg::Invoke { recovering: true }));
    }
    never_twice(&server, row);
}

/// The runner dies before it gets an answer, and another one goes on with what was kept. It gives what
/// one that nothing happened to gives.
fn one_that_was_gone_goes_on_from_its_checkpoint(plugin: &Plugin, row: &Row) {
    let server = Server::new(&row.exchanges);
    let (grants, with) = (plugin.grants(&server.url), row.with(plugin, &server.url));
    let kept = Leg::Poll { state: state(&plugin.call(&grants, row.action, &with, INVOKE)) };
    assert!(server.effects().is_empty(), "{}/{} did it at once", row.plugin, row.action);
    let well = output(&plugin.call(&grants, row.action, &with, kept.clone()));
    let does = row.exchanges.iter().find(|it| it.kind.changes()).expect("it does something");
    server.goes(Some((&does.at, Wrong::Lost)));
    let lost = plugin.call(&grants, row.action, &with, kept.clone());
    assert_eq!(server.effects().len(), 1, "{lost:?}");
    server.mends();
    for leg in [kept, Leg::Poll { state: state(&lost) }] {
        assert_eq!(output(&plugin.call(&grants, row.action, &with, leg)), well);
    }
    never_twice(&server, row);
}

/// A server that did it, and what the call that asked for it came to.
fn lose(plugin: &Plugin, row: &Row) -> (Server, Ended) {
    let server = Server::new(&row.exchanges);
    let (grants, with) = (plugin.grants(&server.url), row.with(plugin, &server.url));
    let does = row.exchanges.iter().find(|it| it.kind.changes()).expect("it does something");
    server.goes(Some((&does.at, Wrong::Lost)));
    let ended = plugin.call(&grants, row.action, &with, INVOKE);
    assert!(!server.effects().is_empty(), "{}/{}: {ended:?}", row.plugin, row.action);
    (server, ended)
}

/// One effect; or the very same request, by which the server knows that it is the same.
fn never_twice(server: &Server, row: &Row) {
    let effects = server.effects();
    let all_alike = effects.windows(2).all(|pair| pair[0] == pair[1]);
    let may_repeat = matches!(row.lost, Lost::Again | Lost::Sets);
    let once = effects.len() == 1 || (may_repeat && all_alike);
    assert!(once, "{}/{} was done again: {effects:?}", row.plugin, row.action);
}
