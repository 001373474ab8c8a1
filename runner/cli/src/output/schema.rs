//! The JSON Schema of everything that commands print with `--json`.

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::json;

use super::{
    AdvanceView, CheckView, DeliveredView, DiffView, DoctorView, Failure, ImpactView, InitView,
    LocksView, PlanView, PluginDocsView, PluginListView, PluginNewView, PluginTestView,
    PluginVerifyView, PluginView, PluginWrapView, PluginsChangedView, RenderView, ReplayView,
    ReportView, RunEndView, ShowView, SimulateView, StatusView, TriggersView, VerifyView, WhyView,
};

/// The published schema: whatever a command prints is one of its alternatives, each with the
/// command's name as its title.
pub(crate) fn schema() -> String {
    let mut types = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let alternatives = [
        one::<InitView>(&mut types, "hardstop init"),
        one::<CheckView>(&mut types, "hardstop check"),
        one::<PlanView>(&mut types, "hardstop plan"),
        one::<DiffView>(&mut types, "hardstop diff"),
        one::<RenderView>(&mut types, "hardstop render"),
        one::<SimulateView>(&mut types, "hardstop simulate"),
        one::<RunEndView>(&mut types, "hardstop run"),
        one::<AdvanceView>(&mut types, "hardstop advance"),
        one::<TriggersView>(&mut types, "hardstop triggers"),
        one::<StatusView>(&mut types, "hardstop status"),
        one::<ShowView>(&mut types, "hardstop show"),
        one::<WhyView>(&mut types, "hardstop why"),
        one::<LocksView>(&mut types, "hardstop locks"),
        one::<PluginsChangedView>(&mut types, "hardstop plugin add, update"),
        one::<PluginListView>(&mut types, "hardstop plugin list"),
        one::<PluginView>(&mut types, "hardstop plugin info"),
        one::<PluginVerifyView>(&mut types, "hardstop plugin verify"),
        one::<PluginDocsView>(&mut types, "hardstop plugin docs"),
        one::<PluginNewView>(&mut types, "hardstop plugin new"),
        one::<PluginWrapView>(&mut types, "hardstop plugin wrap"),
        one::<PluginTestView>(&mut types, "hardstop plugin test"),
        one::<DeliveredView>(
            &mut types,
            "hardstop tick, approve, reject, retry, skip, attest, hold, lift, abort, rerun, send-back, rebase, break-glass, review, waive, claim, note",
        ),
        one::<ImpactView>(&mut types, "hardstop rerun --dry-run"),
        one::<VerifyView>(&mut types, "hardstop verify"),
        one::<ReportView>(&mut types, "hardstop report"),
        one::<DoctorView>(&mut types, "hardstop doctor"),
        one::<ReplayView>(&mut types, "hardstop dev replay"),
        one::<Failure>(&mut types, "any command that failed"),
    ];
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What hardstop prints with --json",
        "anyOf": alternatives,
        "$defs": types.definitions(),
    });
    format!("{schema:#}\n")
}

fn one<T: JsonSchema>(types: &mut SchemaGenerator, title: &str) -> Schema {
    let mut schema = types.subschema_for::<T>();
    schema.insert("title".to_owned(), title.into());
    schema
}
