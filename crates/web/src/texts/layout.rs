//! Around every page.

use super::{Around, InLanguages};

pub(crate) struct Texts {
    pub(crate) help: &'static str,
    pub(crate) terms: &'static str,
    pub(crate) privacy: &'static str,
    pub(crate) start_page: &'static str,
    pub(crate) policy_of: Around,
    pub(crate) terms_of: Around,
    pub(crate) unnamed_application: &'static str,
    /// The form has expired, or is not one of this server.
    pub(crate) form_is_old: &'static str,
    pub(crate) too_many_attempts: &'static str,
}

pub(crate) static TEXTS: InLanguages<Texts> = InLanguages {
    en: Texts {
        help: "Help",
        terms: "Terms of service",
        privacy: "Privacy policy",
        start_page: "To the start page",
        policy_of: ("Privacy policy of ", ""),
        terms_of: ("Terms of service of ", ""),
        unnamed_application: "Unnamed application",
        form_is_old: "This form has expired or did not come from this page. Please try again.",
        too_many_attempts: "There were too many failed attempts. Wait a while and try again.",
    },
    de: Texts {
        help: "Hilfe",
        terms: "Nutzungsbedingungen",
        privacy: "Datenschutz",
        start_page: "Zur Startseite",
        policy_of: ("Datenschutzerklärung von ", ""),
        terms_of: ("Nutzungsbedingungen von ", ""),
        unnamed_application: "Anwendung ohne Namen",
        form_is_old: "Dieses Formular ist abgelaufen oder stammt nicht von dieser Seite. Bitte versuchen Sie es noch einmal.",
        too_many_attempts: "Es gab zu viele Fehlversuche. Warten Sie eine Weile und versuchen Sie es dann noch einmal.",
    },
    ar: Texts {
        help: "المساعدة",
        terms: "شروط الخدمة",
        privacy: "سياسة الخصوصية",
        start_page: "إلى الصفحة الرئيسية",
        policy_of: ("سياسة الخصوصية: ", ""),
        terms_of: ("شروط الخدمة: ", ""),
        unnamed_application: "تطبيق بلا اسم",
        form_is_old: "انتهت صلاحية هذا النموذج أو أنه لم يأتِ من هذه الصفحة. يُرجى المحاولة مرة أخرى.",
        too_many_attempts: "كانت هناك محاولات فاشلة كثيرة. انتظر قليلًا ثم حاول مرة أخرى.",
    },
};
