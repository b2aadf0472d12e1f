#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what is wrong by failing")]

use super::*;

fn all(input: &[u8]) -> Vec<Result<(u64, String), String>> {
    readings(input)
        .map(|reading| {
            reading
                .map(|(line, reading)| (line, reading.machine.unwrap_or_default()))
                .map_err(|error| error.to_string())
        })
        .collect()
}

fn read(line: u64, machine: &str) -> Result<(u64, String), String> {
    Ok((line, machine.to_owned()))
}

#[test]
fn one_reading_a_line() {
    let input = b"\n{\"machine\":\"a\"}\r\n\n{\"machine\":\"b\"}\n{\"machine\":\"c\"}";
    assert_eq!(all(input), [read(2, "a"), read(4, "b"), read(5, "c")]);
}

#[test]
fn a_broken_line_costs_only_itself() {
    let outcome = all(b"{\"machine\":\"a\"}\n{\"machine\":\n{\"machine\":\"c\"}\n[]\n");
    assert_eq!(outcome[0], read(1, "a"));
    assert!(outcome[1].as_ref().unwrap_err().starts_with("line 2:"), "{outcome:?}");
    assert_eq!(outcome[2], read(3, "c"));
    assert!(outcome[3].as_ref().unwrap_err().starts_with("line 4:"), "{outcome:?}");
}

#[test]
fn a_reading_over_many_lines() {
    let pretty = b"\xef\xbb\xbf{\n  \"machine\": \"a }\\\"{\",\n  \"nics\": [\n  {}\n ]\n}\n";
    assert_eq!(all(pretty), [read(1, "a }\"{")]);
    assert!(parse_document(pretty).is_ok());
    let two = [&pretty[3..], b"{\n\"machine\": \"b\"\n}\n"].concat();
    assert_eq!(all(&two), [read(1, "a }\"{"), read(7, "b")]);
    let message = parse_document(&two).unwrap_err().to_string();
    assert_eq!(message, "line 7: a second reading where one was expected");
}

#[test]
fn a_mistake_names_its_line_and_what_was_found() {
    let message = |input: &[u8]| parse_document(input).unwrap_err().to_string();
    let wrong = message(b"{\n\"board\": {\n\"serial\": 4242\n}}");
    assert!(wrong.starts_with("line 3: invalid type: integer `4242`, expected a string"), "{wrong}");
    let array = message(b"{\"board\": [\"Vendor\"]}");
    assert!(array.starts_with("line 1: invalid type: sequence, expected an object"), "{array}");
    assert_eq!(message(b"  \n "), "the input holds no reading");
    assert!(message(b"[]").contains("begins with '{'"));
    assert!(message(b"{\"platform_ids\": [{\"source\": \"soc\", \"id\": \"0g\"}]}").contains("hex digits"));
    assert!(message(b"{\"kind\": \"bare\", \"kind\": \"vm\"}").contains("duplicate field"));
}

#[test]
fn a_line_that_is_too_long_is_passed_over() {
    let limit = usize::try_from(READING_BYTES_MAX).unwrap();
    let mut input = vec![b'x'; limit.saturating_mul(3)];
    input.extend(b"\n{\"machine\":\"b\"}\n");
    let outcome = all(&input);
    assert!(outcome[0].as_ref().unwrap_err().starts_with("line 1: a reading is longer"));
    assert_eq!(outcome[1], read(2, "b"));

    let mut endless = b"{\n".to_vec();
    endless.extend(b"\"machine\": null,\n".repeat(limit.div_ceil(16)));
    let outcome = all(&endless);
    assert_eq!(outcome.len(), 1);
    assert!(outcome[0].as_ref().unwrap_err().starts_with("line 1: a reading is longer"));
}

#[test]
fn a_line_of_the_greatest_length_is_read() {
    let limit = usize::try_from(READING_BYTES_MAX).unwrap();
    let mut line = b"{\"machine\":\"a\"}".to_vec();
    line.resize(limit, b' ');
    assert_eq!(all(&line), [read(1, "a")]);
}

#[test]
fn null_is_absent_everywhere() {
    let reading = parse_document(
        br#"{"source":null,"kind":null,"board":null,"cpu":{"cores":null},"memory":{"modules":null},
            "nics":[null,{"name":null}],"tags":null,"machine":null,"platform_ids":null,"unreadable":null}"#,
    )
    .unwrap();
    let expected = Reading { nics: vec![crate::Nic::default()], ..Reading::default() };
    assert_eq!(reading, expected);
}
