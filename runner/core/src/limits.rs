//! Every bound in the system, each with its reason.

use crate::time::Millis;

/// A runbook's text. The longest real procedure we know is 80 KB; a parser must not be fed more
/// than a person could review.
pub const RUNBOOK_BYTES_MAX: usize = 1024 * 1024;
/// Nesting of a YAML file; the deepest construct of the language needs 12.
pub const YAML_DEPTH_MAX: usize = 32;
/// Nodes of a YAML file: 500 steps of 30 nodes with room to spare.
pub const YAML_NODES_MAX: usize = 50_000;
/// Steps of one runbook and of those it runs.
pub const STEPS_MAX: usize = 2_000;
/// Runbooks that run each other, below the outermost: a procedure that is nested deeper cannot be
/// followed by a person.
pub const CHILD_DEPTH_MAX: usize = 4;
/// Inputs, variables, secrets of one runbook, and outputs of one step, each: each value may have
/// as many bytes as one expression gives.
pub const NAMES_MAX: usize = 200;
/// Items of one checklist: more cannot be ticked with attention.
pub const CHECKLIST_ITEMS_MAX: usize = 200;
/// Items one step is done for: a run's journal and a person's screen hold no more. Larger fleets
/// have batches.
pub const ITEMS_MAX: usize = 500;
/// Attempts of one step that the runner makes by itself; after that a person is asked.
pub const ATTEMPTS_AUTO_MAX: u32 = 100;
/// Constant text of a `script:`; it travels as one argument, and Linux allows 128 KiB for one.
pub const SCRIPT_BYTES_MAX: usize = 64 * 1024;
/// Fuel for one expression; about a million times what a condition needs would still end.
pub const EXPRESSION_FUEL: u64 = 10_000;
/// The text of one expression: what does not fit on a few lines is a script.
pub const EXPRESSION_TEXT_BYTES_MAX: usize = 1024;
/// Problems reported of one file; nobody reads more before mending the first.
pub const PROBLEMS_MAX: usize = 100;
/// The result of one expression, in bytes of its text.
pub const EXPRESSION_BYTES_MAX: usize = 64 * 1024;

/// One journal line. Free-form output never enters the journal, so this holds names, argument
/// lists and digests.
pub const JOURNAL_LINE_BYTES_MAX: usize = 256 * 1024;
/// What a step comes to, all together: it stands in one journal line, which needs room for more.
pub const RESOLVED_BYTES_MAX: usize = JOURNAL_LINE_BYTES_MAX - 16 * 1024;
/// Events of one run. A run that needs more is two runs.
pub const JOURNAL_EVENTS_MAX: u64 = 100_000;
/// A journal file read back: the product of the two bounds above would not fit in memory.
pub const JOURNAL_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// A reason, a message, a text answer. It must fit on a page.
pub const TEXT_BYTES_MAX: usize = 8 * 1024;
/// All outputs of one step together: small named values, not data.
pub const OUTPUTS_BYTES_MAX: usize = 64 * 1024;

/// Bytes kept from the beginning of a command's output.
pub const OUTPUT_HEAD_BYTES: usize = 256 * 1024;
/// Bytes kept from its end: the end says why something failed.
pub const OUTPUT_TAIL_BYTES: usize = 768 * 1024;
/// One evidence file in Git; forges refuse files over 100 MB, and a clone carries them for ever.
pub const EVIDENCE_FILE_BYTES_MAX: u64 = 10 * 1024 * 1024;
/// Evidence files of one run.
pub const EVIDENCE_FILES_MAX: usize = 20_000;

/// A secret: shorter ones cannot be told from ordinary text, so they could not be masked.
pub const SECRET_BYTES_MIN: usize = 6;
/// A secret: it is searched for in a few dozen spellings at once. Keys and certificates fit.
pub const SECRET_BYTES_MAX: usize = 16 * 1024;
/// How long a command may take to print a secret. Nobody is there to be asked for a passphrase.
pub const SECRET_TIMEOUT: Millis = Millis::from_secs(30);

/// Characters of one text from outside in a rendered document: a paragraph. The whole text stands
/// in the journal.
pub const DOCUMENT_TEXT_CHARS_MAX: usize = 1_000;
/// Rows of one list of a rendered report, the first and the last half: more is read by programs,
/// from the journal. It keeps a report below the bound on an evidence file.
pub const DOCUMENT_ROWS_MAX: usize = 1_000;

/// Triggers of one configuration: each is looked at whenever runs are moved.
pub const TRIGGERS_MAX: usize = 200;
/// How late an instant of a schedule may be noticed before it counts as missed: a runner that
/// looks once an hour misses nothing.
pub const SCHEDULE_ON_TIME: Millis = Millis::from_secs(3_600);
/// Missed instants of one schedule that are run one after the other. Nobody means more.
pub const SCHEDULE_CATCH_UP_MAX: usize = 100;
/// Runs of one trigger that wait for their turn. More would be a backlog nobody works off; what
/// comes then is left out, and never what waits already.
pub const TRIGGER_PENDING_MAX: usize = 1_000;
/// How far back a clone looks on the evidence branch for what was opened already. What is older
/// and not remembered here is never opened, so that forgetting opens nothing twice.
pub const TRIGGER_LOOK_BACK: Millis = Millis::from_secs(90 * 86_400);
/// Files of a folder of requests. Those that were run can be removed.
pub const REQUESTS_MAX: usize = 1_000;

/// Groups of one approval. Whoever checks a gate later may look at all sets of them.
pub const APPROVAL_GROUPS_MAX: usize = 10;

/// How long a command may run if its step does not say.
pub const TIMEOUT_DEFAULT: Millis = Millis::from_secs(6 * 3_600);
/// How long people have to answer an approval or a checklist if it does not say.
pub const ANSWER_TIMEOUT_DEFAULT: Millis = Millis::from_secs(7 * 86_400);
/// How long a satisfied approval may wait for the work it opens: as long as people had to answer,
/// so that a hard stop of days between the two does not void it.
pub const APPROVAL_VALID_DEFAULT: Millis = ANSWER_TIMEOUT_DEFAULT;
/// The longest span the language accepts: ten years. A longer one is a typing error.
pub const SPAN_MAX: Millis = Millis::from_secs(10 * 366 * 86_400);
/// From asking a command to end (TERM) to ending it (KILL).
pub const KILL_GRACE: Millis = Millis::from_secs(10);
/// How far wall clock and time since boot may drift apart between two events before the clock
/// counts as moved. Leap seconds and slewing stay well below.
pub const CLOCK_TOLERANCE: Millis = Millis::from_secs(5);
/// How far wall clock and uptime may seem apart because they are read one after the other; a hard
/// stop may be over that much early by uptime.
pub const CLOCK_READING_GAP: Millis = Millis(100);

/// How far ahead an opening is sought: a window that comes once a year is found, and one that
/// never comes is not sought for ever.
pub const OPENING_SEARCH: Millis = Millis::from_secs(400 * 86_400);
/// How far ahead calendar files are read when a plan is made: as far as an opening is sought by a
/// run that has waited as long before.
pub const FREEZE_HORIZON: Millis = Millis(2 * OPENING_SEARCH.0);
/// Days of business hours looked through for one instant: those of the longest span, ten years.
pub const WORKING_DAYS_MAX: usize = 10 * 366;
/// One calendar file: years of a company's freezes take a tenth of it.
pub const ICS_BYTES_MAX: usize = 1024 * 1024;
/// Events of one calendar file, with those outside the time that is looked at.
pub const ICS_EVENTS_MAX: usize = 5_000;
/// Days that the recurrence rules of one calendar file look at, all together: some 200 daily
/// events that began ten years ago.
pub const RECURRENCE_DAYS_MAX: usize = 1_000_000;
/// Occurrences kept of one calendar file; they stand in the plan.
pub const FREEZES_MAX: usize = 2_000;
/// Characters kept of an event's summary: it names a freeze in one line.
pub const FREEZE_NAME_CHARS_MAX: usize = 120;

/// State of a pending action: enough for an id and a cursor, and it stands in one journal line.
pub const CALL_STATE_BYTES_MAX: usize = 64 * 1024;
/// Looking for a call whose answer was lost, and ending one that nobody wants: a few requests, and
/// a run that is aborted must not wait for more.
pub const CALL_END_TIME: Millis = Millis::from_secs(60);
/// From the beginning of an attempt until what it sent is there to be found or never will be: a
/// request of a process that was killed may still be read by the server, and lists of what was begun
/// are behind by some seconds on forges.
pub const CALL_SETTLED: Millis = Millis::from_secs(30);
/// One response's body by default: API answers are small, downloads ask for more.
pub const CALL_RESPONSE_BYTES: u64 = 16 * 1024 * 1024;
/// One request by default: slow APIs take seconds, hung ones for ever.
pub const CALL_REQUEST_TIME: Millis = Millis::from_secs(60);
/// Requests of one call by default: what needs more is pending in between.
pub const CALL_REQUESTS_MAX: u32 = 100;
/// An address to send a request to: what servers accept as a rule.
pub const CALL_URL_BYTES_MAX: usize = 8 * 1024;
/// Body of one request: as much as comes back by default.
pub const CALL_REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Headers of a request, and of a response: APIs use thirty.
pub const CALL_HEADERS_MAX: usize = 100;
/// Bytes of all headers together, names and values.
pub const CALL_HEADER_BYTES_MAX: usize = 64 * 1024;
/// Redirects followed for one request: more of them lead nowhere.
pub const CALL_REDIRECTS_MAX: u32 = 5;
/// Memory of one call, all that the guest has together: interpreters begin with some 60 MiB.
pub const CALL_MEMORY_BYTES: usize = 256 * 1024 * 1024;
/// Processor time of one call: it asks and decides, and computes next to nothing. An interpreter's
/// start fits even where nothing is optimised.
pub const CALL_CPU_TIME: Millis = Millis::from_secs(10);
/// What a call prints: enough to see what it was about. The rest is dropped.
pub const CALL_PRINTED_BYTES: usize = 256 * 1024;
/// Files that one call leaves. Each is at most an evidence file.
pub const CALL_ARTIFACTS_MAX: usize = 50;
/// Bytes of all of them: they are in memory until the call is over.
pub const CALL_ARTIFACTS_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Targets that an action which fans out by itself may tell about.
pub const CALL_TARGETS_MAX: usize = 1_000;
/// A plugin's manifest: a hundred actions with their schemas.
pub const MANIFEST_BYTES_MAX: usize = 256 * 1024;
/// A component: those that bring an interpreter have some 25 MiB.
pub const COMPONENT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Time for a plugin to describe itself, compiling not counted.
pub const DESCRIBE_TIME: Millis = Millis::from_secs(30);
