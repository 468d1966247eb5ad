//! The plot: a bar for each operation, in the rate of its probe.

use std::fmt::Write;

use crate::report::Report;

/// Pixels of a line.
const LINE: usize = 24;
/// Where the bars begin, and how long one is that equals its probe.
const LEFT: f64 = 170.0;
const WHOLE: f64 = 400.0;

/// A picture of how the operations compare with their probes.
pub(crate) fn svg(report: &Report) -> String {
    let height = (report.operations.len() + 2) * LINE;
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{height}" font-family="sans-serif" font-size="13">
<rect width="720" height="{height}" fill="#fff"/>
<text x="8" y="18">Rates in those of the probe, host {}, {} rows</text>
"##,
        report.host, report.rows
    );
    for (index, row) in report.operations.iter().enumerate() {
        let Some(comparison) = &row.comparison else { continue };
        let top = (index + 1) * LINE + 4;
        let (text, length) = (top + 13, comparison.ratio * WHOLE);
        // Writing to a String cannot fail.
        let _ = writeln!(svg, r#"<text x="8" y="{text}">{}</text>"#, row.name);
        let _ = writeln!(svg, r##"<rect x="{LEFT}" y="{top}" width="{length:.0}" height="16" fill="#1d4ed8"/>"##);
        let after = LEFT + length + 8.0;
        let _ = writeln!(
            svg,
            r#"<text x="{after:.0}" y="{text}">{:.2} of {}, {:.0}/s</text>"#,
            comparison.ratio, comparison.probe, row.median.rate
        );
        if let Some(goal) = comparison.at_least {
            let x = LEFT + goal * WHOLE;
            let _ = writeln!(svg, r##"<rect x="{x:.0}" y="{top}" width="2" height="16" fill="#dc2626"/>"##);
        }
    }
    svg + "</svg>\n"
}
