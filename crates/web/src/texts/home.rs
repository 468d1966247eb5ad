//! The start page.

use super::{Around, InLanguages};

pub(crate) struct Texts {
    pub(crate) title: &'static str,
    pub(crate) hello: Around,
    pub(crate) sign_out: &'static str,
    pub(crate) administration: &'static str,
    pub(crate) no_applications: &'static str,
    pub(crate) welcome: &'static str,
    pub(crate) invitation: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) sign_up: &'static str,
}

pub(crate) static TEXTS: InLanguages<Texts> = InLanguages {
    en: Texts {
        title: "Your applications",
        hello: ("Hello, ", ""),
        sign_out: "Sign out",
        administration: "Administration",
        no_applications: "There are none yet. Applications appear here when you sign in to them.",
        welcome: "Welcome",
        invitation: "Sign in to see your applications.",
        sign_in: "Sign in",
        sign_up: "Create an account",
    },
    de: Texts {
        title: "Ihre Anwendungen",
        hello: ("Guten Tag, ", ""),
        sign_out: "Abmelden",
        administration: "Verwaltung",
        no_applications: "Es gibt noch keine. Anwendungen erscheinen hier, sobald Sie sich bei ihnen anmelden.",
        welcome: "Willkommen",
        invitation: "Melden Sie sich an, um Ihre Anwendungen zu sehen.",
        sign_in: "Anmelden",
        sign_up: "Konto anlegen",
    },
    ar: Texts {
        title: "تطبيقاتك",
        hello: ("مرحبًا، ", ""),
        sign_out: "تسجيل الخروج",
        administration: "الإدارة",
        no_applications: "لا توجد تطبيقات بعد. تظهر التطبيقات هنا عندما تسجّل الدخول إليها.",
        welcome: "أهلًا بك",
        invitation: "سجّل الدخول لترى تطبيقاتك.",
        sign_in: "تسجيل الدخول",
        sign_up: "إنشاء حساب",
    },
};
