//! Just enough HTML to fill in a form.

/// A form of a page.
#[derive(Debug)]
pub struct Form {
    pub action: String,
    pub method: String,
    /// The names and values of its hidden inputs.
    pub hidden: Vec<(String, String)>,
    /// The names and values of every input, hidden or not.
    pub inputs: Vec<(String, String)>,
}

impl Form {
    /// The value of a hidden input.
    #[track_caller]
    pub fn value(&self, name: &str) -> &str {
        self.hidden.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).expect(name)
    }
}

/// The forms of a page in order.
pub fn forms(html: &str) -> Vec<Form> {
    html.split("<form").skip(1).map(|rest| form(rest.split("</form").next().unwrap_or(rest))).collect()
}

fn form(text: &str) -> Form {
    let (head, body) = text.split_once('>').expect("a closed tag");
    let tags = body.split("<input").skip(1).chain(body.split("<button").skip(1));
    let inputs: Vec<(String, String, String)> = tags
        .filter_map(|tag| {
            let tag = tag.split('>').next().unwrap_or(tag);
            Some((
                attribute(tag, "type").unwrap_or_default(),
                attribute(tag, "name")?,
                attribute(tag, "value").unwrap_or_default(),
            ))
        })
        .collect();
    Form {
        action: attribute(head, "action").unwrap_or_default(),
        method: attribute(head, "method").unwrap_or_else(|| "get".to_owned()).to_lowercase(),
        hidden: inputs
            .iter()
            .filter(|(kind, ..)| kind == "hidden")
            .map(|(_, name, value)| (name.clone(), value.clone()))
            .collect(),
        inputs: inputs.into_iter().map(|(_, name, value)| (name, value)).collect(),
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = format!("{name}=\"");
    let is_start = |at: &usize| tag[..*at].ends_with(|before: char| before.is_whitespace());
    let at = tag.match_indices(&start).map(|(at, _)| at).find(is_start)? + start.len();
    tag[at..].split('"').next().map(unescape)
}

/// Decodes the character references that templates write.
pub fn unescape(text: &str) -> String {
    let mut text = text.to_owned();
    for (reference, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ] {
        text = text.replace(reference, character);
    }
    text
}
