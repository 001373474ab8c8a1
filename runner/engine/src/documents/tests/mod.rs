//! Both documents of two runs, word for word, and what must hold of every document.

mod drill;
mod story;

use drill::Told;
use hardstop_core::{
    event::{Event, RunResult},
    limits::DOCUMENT_ROWS_MAX,
};

use super::{checklist, report};

#[test]
fn an_open_run_says_what_it_waits_for() {
    let run = story::waiting();
    insta::assert_snapshot!(checklist(&run.state, &run.entries), @r##"
    > Rendered from the run's journal and never read back: a box ticked in this file changes nothing.

    # Restore drill

    - run: `k7f3q9xm2p-20260101-000000`
    - status: **waiting**
    - runbook: `runbooks/test.yaml` at commit `0000000000000000000000000000000000000000`
    - started by: alice at 2026-11-20T15:00:00.000Z

    ## It waits for

    - drill/check: items without an answer: 1, asked of anyone the policy allows, until 2026-11-20T16:00:00.000Z
      - `hardstop tick k7f3q9xm2p drill/check place=<text>`

    ## drill

    - [x] **drill/restore** (run `drill/restore`): succeeded
    - [ ] **drill/settle** (wait `drill/settle`): skipped, for this is false: \${{ inputs.slow }}
    - [x] **drill/stop** (hard_stop `drill/stop`): succeeded
      - counted from 2026-11-20T15:00:04.000Z, due at 2026-11-20T15:00:14.000Z
    - [ ] **drill/check** (checklist `drill/check`): waiting for people
      - [x] I saw all 12 refs: bob, 2026-11-20T15:00:09.000Z
      - [ ] Where is the copy kept? (optional)

    ## close

    - [ ] **close/approve** (approval `close/approve`): pending
    - [ ] **close/announce** (run `close/announce`): pending
    - [ ] **close/archive** (run `close/archive`): pending

    ## finally

    - [ ] **finally/delete** (run `finally/delete`): pending
    "##);
    insta::assert_snapshot!(report(&run.state, &run.entries), @r##"
    > Derived from the run's journal, for people. It is not evidence: trust `hardstop verify`, and the files it checks.

    # Report: Restore drill

    | | |
    |---|---|
    | result | **none yet: the run is open** |
    | run | k7f3q9xm2p-20260101-000000 |
    | runbook | runbooks/test.yaml at 0000000000000000000000000000000000000000 |
    | its digest | sha256:0101010101010101010101010101010101010101010101010101010101010101 |
    | policy | version 1, sha256:7171717171717171717171717171717171717171717171717171717171717171 |
    | started by | alice at 2026-11-20T15:00:00.000Z |
    | took | 9s up to the last event |

    What was asked for: [runbook.yaml](runbook.yaml), [inputs.json](inputs.json). What happened: [journal.jsonl](journal.jsonl).

    ## People

    Numbers are those of the timeline. The level says how well the account is known to be theirs: 0 not at all, 1 by the account, 2 by a review, 3 by their own signature.

    | person | account | what they did |
    |---|---|---|
    | alice | alice@example.com (command line, level 1) | opened the run (0) |
    | bob | bob@example.com (command line, level 1) | answered drill/check seen (9) |

    ## As written against as executed

    Nothing went another way than written.

    ## Steps

    | step | kind | state | attempts | started | took | files |
    |---|---|---|---|---|---|---|
    | drill/restore | run | succeeded | 1 | 2026-11-20T15:00:03.000Z | 1s | 2 |
    | drill/settle | wait | skipped | 0 |  |  | 0 |
    | drill/stop | hard_stop | succeeded | 1 | 2026-11-20T15:00:06.000Z | 1s | 0 |
    | drill/check | checklist | waiting for people | 1 | 2026-11-20T15:00:08.000Z |  | 0 |
    | close/approve | approval | pending | 0 |  |  | 0 |
    | close/announce | run | pending | 0 |  |  | 0 |
    | close/archive | run | pending | 0 |  |  | 0 |
    | finally/delete | run | pending | 0 |  |  | 0 |

    ## Evidence

    | step | file | bytes | SHA-256 |
    |---|---|---|---|
    | drill/restore | [steps/drill/restore/1/stdout.log](steps/drill/restore/1/stdout.log) | 120 | f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0 |
    | drill/restore | [steps/drill/restore/1/files/refs](steps/drill/restore/1/files/refs) | 120 of 4000, secrets masked: 2 | f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1 |

    ## Approvals

    None.

    ## Timeline

    | event | when (UTC) | what |
    |---|---|---|
    | 0 | 2026-11-20T15:00:00.000Z | alice opened the run of test |
    | 1 | 2026-11-20T15:00:01.000Z | host.example.com 42 took the lease (epoch 1) |
    | 2 | 2026-11-20T15:00:02.000Z | policy version 1 came into force |
    | 3 | 2026-11-20T15:00:03.000Z | drill/restore: attempt 1 started, to end by 2026-11-20T15:01:00.000Z |
    | 4 | 2026-11-20T15:00:04.000Z | drill/restore: succeeded (attempt 1, evidence files: 2; refs=12) |
    | 5 | 2026-11-20T15:00:05.000Z | drill/settle: skipped, for this is false: \${{ inputs.slow }} |
    | 6 | 2026-11-20T15:00:06.000Z | drill/stop: began, counted from 2026-11-20T15:00:04.000Z, due at 2026-11-20T15:00:14.000Z |
    | 7 | 2026-11-20T15:00:07.000Z | drill/stop: its time has passed |
    | 8 | 2026-11-20T15:00:08.000Z | drill/check: put before people until 2026-11-20T16:00:00.000Z, items: 2 |
    | 9 | 2026-11-20T15:00:09.000Z | drill/check: bob answered seen: true |
    "##);
}

#[test]
fn a_closed_run_says_what_went_another_way() {
    let run = story::troubled();
    insta::assert_snapshot!(checklist(&run.state, &run.entries), @r##"
    > Rendered from the run's journal and never read back: a box ticked in this file changes nothing.

    # Restore drill

    - run: `k7f3q9xm2p-20260101-000000`
    - status: **aborted**
    - runbook: `runbooks/test.yaml` at commit `0000000000000000000000000000000000000000`
    - started by: alice at 2026-11-20T15:00:00.000Z
    - **Rehearsal:** the runbook differs from the one at that commit.
    - **No policy:** one person may do and approve everything in this run, alone.

    ## drill

    - [x] **drill/restore** (run `drill/restore`): succeeded
    - [x] **drill/settle** (wait `drill/settle`): succeeded
      - counted from 2026-11-20T15:00:03.000Z, due at 2026-11-20T15:00:13.000Z
    - [x] **drill/stop** (hard_stop `drill/stop`): succeeded
      - counted from 2026-11-20T15:00:04.000Z, due at 2026-11-20T15:00:14.000Z
    - [x] **drill/check** (checklist `drill/check`): succeeded
      - [x] I saw all 12 refs: alice, 2026-11-20T15:00:19.000Z
      - [x] Where is the copy kept? (optional): shelf \| 3 (alice, 2026-11-20T15:00:20.000Z)

    ## close

    - [x] **close/approve** (approval `close/approve`): succeeded
      - request 4, code ababababab, 1 of 1 yes, asked 2026-11-20T15:00:30.000Z, until 2026-11-20T15:01:30.000Z
      - yes from alice at 2026-11-20T15:00:31.000Z: compared by hand
    - [ ] **close/announce** (run `close/announce`): skipped by bob: nobody listens
    - [ ] **close/archive** (run `close/archive`): not reached

    ## finally

    - [x] **finally/delete** (run `finally/delete`): attested by alice, confirmed by bob: deleted by hand
    "##);
    insta::assert_snapshot!(report(&run.state, &run.entries), @r##"
    > Derived from the run's journal, for people. It is not evidence: trust `hardstop verify`, and the files it checks.

    # Report: Restore drill

    > **WARNING: this run was under no policy (`solo`).** One person could start it, do it and approve it alone.

    > **WARNING: this was a rehearsal.** The runbook differs from the one at the commit named below.

    | | |
    |---|---|
    | result | **aborted** |
    | run | k7f3q9xm2p-20260101-000000 |
    | runbook | runbooks/test.yaml at 0000000000000000000000000000000000000000 |
    | its digest | sha256:0101010101010101010101010101010101010101010101010101010101010101 |
    | policy | version 0, sha256:5050505050505050505050505050505050505050505050505050505050505050 |
    | started by | alice at 2026-11-20T15:00:00.000Z |
    | took | 43s |

    What was asked for: [runbook.yaml](runbook.yaml), [inputs.json](inputs.json). What happened: [journal.jsonl](journal.jsonl).

    ## People

    Numbers are those of the timeline. The level says how well the account is known to be theirs: 0 not at all, 1 by the account, 2 by a review, 3 by their own signature.

    | person | account | what they did |
    |---|---|---|
    | alice | alice@example.com (command line, level 1) | opened the run (0); retried drill/restore (8); answered drill/check seen (19); answered drill/check place (20); approved close/approve (24); approved close/approve (31); asked for an early end (39); offered to attest finally/delete (41); attested finally/delete (42) |
    | bob | bob@example.com (command line, level 1) | held the run (11); lifted the hold (13); rejected close/approve (27); skipped close/announce (36); confirmed finally/delete (42) |

    ## As written against as executed

    | event | as written | as executed |
    |---|---|---|
    | 4 | each attempt succeeds | drill/restore: attempt 1 failed with exit code 3; the next is due at 2026-11-20T15:00:06.000Z |
    | 7 | the runner sees each attempt to its end | drill/restore: the runner went away during attempt 2; a person must say |
    | 8 | no person asks for another attempt | drill/restore: alice asked for one more attempt after 2: the disk has room again |
    | 11 | nobody holds the run | bob held the run: let me look |
    | 12 | the clock is not moved | the clock was moved back by 60000 ms; the run is held |
    | 23 | only entitled people answer | close/approve: the answer of mallory@example.com to request 1 does not count: the policy does not know \`mallory@example.com\` |
    | 25 | a request stands until it is used | close/approve: request 1 is void: the policy changed since |
    | 27 | people say yes | close/approve: bob said no to request 2: refs are missing |
    | 29 | people answer in time | close/approve: nobody answered request 3 in time |
    | 34 | each attempt succeeds | close/announce: attempt 1 failed with exit code 3 |
    | 35 | the step succeeds; its failure is tolerated | close/announce: failed with exit code 3 for good (attempt 1) |
    | 36 | the step is done | close/announce: skipped by bob: nobody listens |
    | 37 | evidence can always be committed | evidence could not be committed: the branch moved |
    | 39 | the run goes to its end | alice asked for an early end: enough |
    | 42 | the step is done in this run | finally/delete: attested by alice, confirmed by bob: deleted by hand |
    |  | approved by somebody else | close/approve: alice started the run and approved it |
    |  | the step is reached | close/archive: never reached |

    ## Steps

    | step | kind | state | attempts | started | took | files |
    |---|---|---|---|---|---|---|
    | drill/restore | run | succeeded | 3 | 2026-11-20T15:00:09.000Z | 1s | 3 |
    | drill/settle | wait | succeeded | 1 | 2026-11-20T15:00:14.000Z | 1s | 0 |
    | drill/stop | hard_stop | succeeded | 1 | 2026-11-20T15:00:16.000Z | 1s | 0 |
    | drill/check | checklist | succeeded | 1 | 2026-11-20T15:00:18.000Z | 3s | 0 |
    | close/approve | approval | succeeded | 4 | 2026-11-20T15:00:30.000Z | 2s | 0 |
    | close/announce | run | skipped | 1 | 2026-11-20T15:00:33.000Z | 3s | 1 |
    | close/archive | run | not reached | 0 |  |  | 0 |
    | finally/delete | run | attested | 0 |  |  | 1 |

    ## Evidence

    | step | file | bytes | SHA-256 |
    |---|---|---|---|
    | drill/restore | [steps/drill/restore/1/stderr.log](steps/drill/restore/1/stderr.log) | 120 | f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0 |
    | drill/restore | [steps/drill/restore/3/stdout.log](steps/drill/restore/3/stdout.log) | 120 | f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0 |
    | drill/restore | [steps/drill/restore/3/files/refs](steps/drill/restore/3/files/refs) | 120 of 4000, secrets masked: 2 | f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1 |
    | close/announce | [steps/close/announce/1/stderr.log](steps/close/announce/1/stderr.log) | 120 | f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0 |
    | finally/delete | steps/finally/delete/1/files/../proof | 120 | f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0 |

    ## Approvals

    ### close/approve, request 1

    - code `ababababab`, digest `abababababababababababababababababababababababababababababababab`
    - asked 2026-11-20T15:00:22.000Z, until 2026-11-20T15:01:30.000Z
    - yes from alice, alice@example.com (command line, level 1), at 2026-11-20T15:00:24.000Z
    - outcome: close/approve: request 1 is void: the policy changed since at 2026-11-20T15:00:25.000Z
    - bound to the runbook `0101010101010101010101010101010101010101010101010101010101010101`
    - bound to the plan `0202020202020202020202020202020202020202020202020202020202020202`
    - bound to the inputs `0303030303030303030303030303030303030303030303030303030303030303`
    - bound to the policy `0404040404040404040404040404040404040404040404040404040404040404`
    - shown: [steps/drill/restore/2/files/refs](steps/drill/restore/2/files/refs), `f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0`

    ### close/approve, request 2

    - code `ababababab`, digest `abababababababababababababababababababababababababababababababab`
    - asked 2026-11-20T15:00:26.000Z, until 2026-11-20T15:01:30.000Z
    - outcome: close/approve: bob said no to request 2: refs are missing at 2026-11-20T15:00:27.000Z
    - bound to the runbook `0101010101010101010101010101010101010101010101010101010101010101`
    - bound to the plan `0202020202020202020202020202020202020202020202020202020202020202`
    - bound to the inputs `0303030303030303030303030303030303030303030303030303030303030303`
    - bound to the policy `0404040404040404040404040404040404040404040404040404040404040404`
    - shown: [steps/drill/restore/2/files/refs](steps/drill/restore/2/files/refs), `f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0`

    ### close/approve, request 3

    - code `ababababab`, digest `abababababababababababababababababababababababababababababababab`
    - asked 2026-11-20T15:00:28.000Z, until 2026-11-20T15:01:30.000Z
    - outcome: close/approve: nobody answered request 3 in time at 2026-11-20T15:00:29.000Z
    - bound to the runbook `0101010101010101010101010101010101010101010101010101010101010101`
    - bound to the plan `0202020202020202020202020202020202020202020202020202020202020202`
    - bound to the inputs `0303030303030303030303030303030303030303030303030303030303030303`
    - bound to the policy `0404040404040404040404040404040404040404040404040404040404040404`
    - shown: [steps/drill/restore/2/files/refs](steps/drill/restore/2/files/refs), `f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0`

    ### close/approve, request 4

    - code `ababababab`, digest `abababababababababababababababababababababababababababababababab`
    - asked 2026-11-20T15:00:30.000Z, until 2026-11-20T15:01:30.000Z
    - yes from alice, alice@example.com (command line, level 1), at 2026-11-20T15:00:31.000Z: compared by hand
    - outcome: close/approve: request 4 is approved, to be used by 2026-11-20T15:15:00.000Z at 2026-11-20T15:00:32.000Z
    - bound to the runbook `0101010101010101010101010101010101010101010101010101010101010101`
    - bound to the plan `0202020202020202020202020202020202020202020202020202020202020202`
    - bound to the inputs `0303030303030303030303030303030303030303030303030303030303030303`
    - bound to the policy `0404040404040404040404040404040404040404040404040404040404040404`
    - shown: [steps/drill/restore/2/files/refs](steps/drill/restore/2/files/refs), `f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0`

    ## Timeline

    | event | when (UTC) | what |
    |---|---|---|
    | 0 | 2026-11-20T15:00:00.000Z | alice opened the run of test |
    | 1 | 2026-11-20T15:00:01.000Z | host.example.com 42 took the lease (epoch 1) |
    | 2 | 2026-11-20T15:00:02.000Z | the solo policy came into force: one person may do and approve everything |
    | 3 | 2026-11-20T15:00:03.000Z | drill/restore: attempt 1 started, to end by 2026-11-20T15:01:00.000Z |
    | 4 | 2026-11-20T15:00:04.000Z | drill/restore: attempt 1 failed with exit code 3; the next is due at 2026-11-20T15:00:06.000Z |
    | 5 | 2026-11-20T15:00:05.000Z | drill/restore: the delay between attempts is over |
    | 6 | 2026-11-20T15:00:06.000Z | drill/restore: attempt 2 started, to end by 2026-11-20T15:01:00.000Z |
    | 7 | 2026-11-20T15:00:07.000Z | drill/restore: the runner went away during attempt 2; a person must say |
    | 8 | 2026-11-20T15:00:08.000Z | drill/restore: alice asked for one more attempt after 2: the disk has room again |
    | 9 | 2026-11-20T15:00:09.000Z | drill/restore: attempt 3 started, to end by 2026-11-20T15:01:00.000Z |
    | 10 | 2026-11-20T15:00:10.000Z | drill/restore: succeeded (attempt 3, evidence files: 2; refs=12) |
    | 11 | 2026-11-20T15:00:11.000Z | bob held the run: let me look |
    | 12 | 2026-11-20T15:00:12.000Z | the clock was moved back by 60000 ms; the run is held |
    | 13 | 2026-11-20T15:00:13.000Z | bob lifted the hold: time is right |
    | 14 | 2026-11-20T15:00:14.000Z | drill/settle: began, counted from 2026-11-20T15:00:03.000Z, due at 2026-11-20T15:00:13.000Z |
    | 15 | 2026-11-20T15:00:15.000Z | drill/settle: its time has passed |
    | 16 | 2026-11-20T15:00:16.000Z | drill/stop: began, counted from 2026-11-20T15:00:04.000Z, due at 2026-11-20T15:00:14.000Z |
    | 17 | 2026-11-20T15:00:17.000Z | drill/stop: its time has passed |
    | 18 | 2026-11-20T15:00:18.000Z | drill/check: put before people until 2026-11-20T16:00:00.000Z, items: 2 |
    | 19 | 2026-11-20T15:00:19.000Z | drill/check: alice answered seen: true |
    | 20 | 2026-11-20T15:00:20.000Z | drill/check: alice answered place: shelf \| 3 |
    | 21 | 2026-11-20T15:00:21.000Z | drill/check: succeeded (attempt 1, evidence files: 0; seen=true) |
    | 22 | 2026-11-20T15:00:22.000Z | close/approve: request 1 written, code ababababab, until 2026-11-20T15:01:30.000Z |
    | 23 | 2026-11-20T15:00:23.000Z | close/approve: the answer of mallory@example.com to request 1 does not count: the policy does not know \`mallory@example.com\` |
    | 24 | 2026-11-20T15:00:24.000Z | close/approve: alice said yes to request 1 |
    | 25 | 2026-11-20T15:00:25.000Z | close/approve: request 1 is void: the policy changed since |
    | 26 | 2026-11-20T15:00:26.000Z | close/approve: request 2 written, code ababababab, until 2026-11-20T15:01:30.000Z |
    | 27 | 2026-11-20T15:00:27.000Z | close/approve: bob said no to request 2: refs are missing |
    | 28 | 2026-11-20T15:00:28.000Z | close/approve: request 3 written, code ababababab, until 2026-11-20T15:01:30.000Z |
    | 29 | 2026-11-20T15:00:29.000Z | close/approve: nobody answered request 3 in time |
    | 30 | 2026-11-20T15:00:30.000Z | close/approve: request 4 written, code ababababab, until 2026-11-20T15:01:30.000Z |
    | 31 | 2026-11-20T15:00:31.000Z | close/approve: alice said yes to request 4: compared by hand |
    | 32 | 2026-11-20T15:00:32.000Z | close/approve: request 4 is approved, to be used by 2026-11-20T15:15:00.000Z |
    | 33 | 2026-11-20T15:00:33.000Z | close/announce: attempt 1 started, to end by 2026-11-20T15:01:00.000Z |
    | 34 | 2026-11-20T15:00:34.000Z | close/announce: attempt 1 failed with exit code 3 |
    | 35 | 2026-11-20T15:00:35.000Z | close/announce: failed with exit code 3 for good (attempt 1) |
    | 36 | 2026-11-20T15:00:36.000Z | close/announce: skipped by bob: nobody listens |
    | 37 | 2026-11-20T15:00:37.000Z | evidence could not be committed: the branch moved |
    | 38 | 2026-11-20T15:00:38.000Z | evidence can be committed again |
    | 39 | 2026-11-20T15:00:39.000Z | alice asked for an early end: enough |
    | 40 | 2026-11-20T15:00:40.000Z | the result is decided: aborted |
    | 41 | 2026-11-20T15:00:41.000Z | finally/delete: alice says that it was done outside, to be confirmed: deleted by hand |
    | 42 | 2026-11-20T15:00:42.000Z | finally/delete: attested by alice, confirmed by bob: deleted by hand |
    | 43 | 2026-11-20T15:00:43.000Z | the run was closed as aborted after 43s |
    "##);
}

#[test]
fn every_event_has_a_sentence() {
    let run = story::troubled();
    for entry in &run.entries {
        let text = super::sentence::sentence(&entry.event);
        assert!(!text.is_empty(), "{:?}", entry.event);
    }
    // The story holds each kind of event, so this is no empty promise.
    let kinds = run.kinds();
    assert_eq!(kinds.len(), 34, "{kinds:?}");
}

#[test]
fn text_from_outside_stays_in_its_place() {
    let evil = "x\n# Owned\n- [x] done | cell <script> @team #1 \u{1b}[2J\u{202e} `code`";
    let mut run = Told::new(&format!("Title {evil}"));
    run.open();
    run.tell(Event::RunHeld { by: drill::by("bob"), reason: evil.to_owned() });
    for text in [checklist(&run.state, &run.entries), report(&run.state, &run.entries)] {
        assert!(text.contains(r"x # Owned - \[x\] done \| cell \<script\> ＠team ＃1 \`code\`"));
        assert!(
            !text.contains("<script") && !text.contains("\n# Owned") && !text.contains('\u{1b}')
        );
        let title = text.lines().find(|line| line.starts_with("# ")).expect("a title");
        assert!(title.contains("Owned"), "{title}");
    }
}

#[test]
fn a_long_run_is_cut_in_the_middle() {
    let mut run = Told::new("Long");
    run.open();
    for _ in 0..2 * DOCUMENT_ROWS_MAX {
        run.tell(Event::EvidenceUnblocked {});
    }
    run.tell(Event::RunClosed { result: RunResult::Incomplete, took: run.elapsed() });
    let text = report(&run.state, &run.entries);
    let left_out = run.entries.len() - DOCUMENT_ROWS_MAX;
    assert!(text.contains(&format!("| … | | {left_out} more |\n")));
    assert!(text.ends_with("the run was closed as incomplete after 33m 23s |\n"));
    assert!(text.lines().count() < DOCUMENT_ROWS_MAX + 100);
}
