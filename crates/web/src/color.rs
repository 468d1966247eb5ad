//! Colours that can be read: the brand's colour, and what stands on it and beside it in light and in dark, by the contrast
//! of [WCAG 2.2](https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).

/// The least contrast of text ([§1.4.3](https://www.w3.org/TR/WCAG22/#contrast-minimum)).
const TEXT: f64 = 4.5;
/// The least contrast of a button's ground ([§1.4.11](https://www.w3.org/TR/WCAG22/#non-text-contrast)).
const SHAPE: f64 = 3.0;

/// The grounds that text stands on: `--ground` is the darker of the two in light, `--card` the lighter in dark.
const LIGHT: Color = Color([0xf3, 0xf5, 0xf8]);
const DARK: Color = Color([0x1b, 0x21, 0x2a]);

const BLACK: Color = Color([0; 3]);
const WHITE: Color = Color([255; 3]);

#[derive(Clone, Copy)]
struct Color([u8; 3]);

impl Color {
    fn parse(hex: &str) -> Option<Self> {
        let bits = u32::from_str_radix(hex.strip_prefix('#')?, 16).ok()?;
        let [_, red, green, blue] = bits.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    fn hex(self) -> String {
        let [red, green, blue] = self.0;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// The relative luminance, from 0 to 1.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|octet| {
            let part = f64::from(octet) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance() + 0.05, other.luminance() + 0.05);
        one.max(two) / one.min(two)
    }

    /// A step of a sixteenth towards another colour, of one at least.
    fn towards(self, other: Self) -> Self {
        let ([red, green, blue], [to_red, to_green, to_blue]) = (self.0, other.0);
        let step = |from: u8, to: u8| match to > from {
            true => from.saturating_add(((to - from) / 16).max(1)),
            false => from.saturating_sub(((from - to) / 16).max(u8::from(from > to))),
        };
        Self([step(red, to_red), step(green, to_green), step(blue, to_blue)])
    }

    /// The nearest colour on the way to another one that can be told from this ground.
    fn readable_on(mut self, ground: Self, least: f64, pole: Self) -> Self {
        while self.contrast(ground) < least && self.0 != pole.0 {
            self = self.towards(pole);
        }
        self
    }

    /// Black or white, whichever is easier to read here.
    fn text(self) -> Self {
        if self.contrast(WHITE) >= self.contrast(BLACK) { WHITE } else { BLACK }
    }
}

/// The rules of the style sheet that set the brand's colours.
pub(crate) fn rules(brand: &str) -> String {
    let brand = Color::parse(brand).unwrap_or(BLACK);
    let rule = |button: Color, link: Color| {
        format!(":root{{--brand:{};--on-brand:{};--link:{}}}", button.hex(), button.text().hex(), link.hex())
    };
    let light = rule(brand, brand.readable_on(LIGHT, TEXT, BLACK));
    let dark = rule(brand.readable_on(DARK, SHAPE, WHITE), brand.readable_on(DARK, TEXT, WHITE));
    format!("{light}@media (prefers-color-scheme:dark){{{dark}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BRANDS: [&str; 8] = ["#1d4ed8", "#ffdd00", "#000000", "#ffffff", "#808080", "#ff0000", "#00ff00", "#0a0a23"];

    #[test]
    fn the_contrast_is_that_of_the_recommendation() {
        assert!((BLACK.contrast(WHITE) - 21.0).abs() < 0.001);
        assert!((Color::parse("#777777").unwrap().contrast(WHITE) - 4.478).abs() < 0.001);
    }

    #[test]
    fn the_text_of_a_button_and_every_link_can_be_read_whatever_the_brand() {
        for brand in BRANDS {
            let color = Color::parse(brand).unwrap();
            for ground in [color, color.readable_on(DARK, SHAPE, WHITE)] {
                assert!(ground.contrast(ground.text()) >= TEXT, "{brand}");
            }
            assert!(color.readable_on(LIGHT, TEXT, BLACK).contrast(LIGHT) >= TEXT, "{brand}");
            assert!(color.readable_on(DARK, TEXT, WHITE).contrast(DARK) >= TEXT, "{brand}");
            assert!(color.readable_on(DARK, SHAPE, WHITE).contrast(DARK) >= SHAPE, "{brand}");
        }
    }

    #[test]
    fn a_colour_that_can_be_read_stays_as_it_is() {
        let rules = rules("#1d4ed8");
        assert!(rules.starts_with(":root{--brand:#1d4ed8;--on-brand:#ffffff;--link:#1d4ed8}"), "{rules}");
        assert!(super::rules("#ffdd00").starts_with(":root{--brand:#ffdd00;--on-brand:#000000;"));
    }

    #[test]
    fn the_grounds_are_those_of_the_style_sheet() {
        let style = include_str!("../templates/style.css");
        assert!(
            style.contains(&format!("--ground:{}", LIGHT.hex())) && style.contains(&format!("--card:{}", DARK.hex()))
        );
    }
}
