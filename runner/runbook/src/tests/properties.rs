//! What holds of every expression and every value.

use std::collections::BTreeMap;

use hardstop_core::{limits::EXPRESSION_BYTES_MAX, value::Value};
use proptest::{collection, prelude::*};

use super::stage::{of, run_of};
use crate::{
    Resolved,
    expression::{Engine, Found},
};

/// Texts that an evaluator might take for more than texts.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("${{ run.id }}".to_owned()),
        Just("${{".to_owned()),
        Just("}}".to_owned()),
        Just("{{ x }}".to_owned()),
        Just("{% raw %}".to_owned()),
        Just("'\"\\".to_owned()),
        "[a-z0-9 .$é]{0,6}",
    ];
    collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Integer),
        texts().prop_map(Value::Text),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            collection::btree_map("[a-z]{1,4}", inner, 0..4).prop_map(Value::Map),
        ]
    })
}

/// What `text` comes to where every name stands for `value`.
fn evaluated(text: &str, value: &Value) -> Result<Value, String> {
    let mut find = |name: &str| Ok(Found { length: name.len(), value: Ok(value.clone()) });
    Engine::new().evaluate(text, &mut find)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_value_keeps_its_type(value in values()) {
        prop_assert_eq!(evaluated("${{ x }}", &value), Ok(value));
    }

    #[test]
    fn evaluation_is_a_single_pass(text in texts()) {
        let value = Value::from(text.as_str());
        let got = evaluated("<${{ x }}|${{ y }}>", &value);
        prop_assert_eq!(got, Ok(Value::Text(format!("<{text}|{text}>"))));
    }

    #[test]
    fn whatever_is_written_ends_and_is_bounded(
        tokens in collection::vec(
            prop::sample::select(vec![
                "x", "'abc'", "7", "+", "*", "~", "|", "join", "(", ")", "[", "]", ",", ".", "{",
                "}", "replace", "split", "lines", "int", "not", "is defined", "if", "else", "in",
                "==", "<", "plus", "duration", "date", "now", "-", "length", "/", "**", "0",
            ]),
            1..14,
        ),
        value in values(),
    ) {
        let text = format!("${{{{ {} }}}}", tokens.join(" "));
        if let Ok(value) = evaluated(&text, &value) {
            prop_assert!(value.to_string().len() <= 2 * EXPRESSION_BYTES_MAX);
        }
    }

    #[test]
    fn an_input_reaches_a_call_as_it_is(text in texts()) {
        let book = "apiVersion: hardstop/v1\nkind: Runbook\nid: test\n\
            inputs: {name: {type: text}}\nvars: {again: \"${{ inputs.name }}\"}\n\
            steps: [{id: a, uses: x/y, with: {all: [\"${{ inputs.name }}\", \"${{ vars.again }}\"]}}]\n";
        let Ok(Resolved::Uses(call)) = of(&run_of(book, &[("name", &text)]), "a") else {
            return Err(TestCaseError::fail("it resolves"));
        };
        let all = Value::List(vec![Value::from(text.as_str()); 2]);
        prop_assert_eq!(call.with, BTreeMap::from([("all".to_owned(), all)]));
    }
}
