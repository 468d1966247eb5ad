//! The page for a new password, and why a password cannot be chosen.

use domain::password::PasswordProblem;

use super::{InLanguages, failure::Message};

pub(crate) struct Texts {
    length: &'static str,
    common: &'static str,
    own: &'static str,
    same: &'static str,
    pub(crate) change: Task,
    pub(crate) replace: Task,
    pub(crate) current: &'static str,
    pub(crate) new: &'static str,
    pub(crate) wrong: &'static str,
    pub(crate) changed: Message,
}

/// What the page is for.
pub(crate) struct Task {
    pub(crate) title: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) submit: &'static str,
}

impl Texts {
    /// What is wrong with a new password.
    pub(crate) fn of(&self, problem: PasswordProblem) -> &'static str {
        match problem {
            PasswordProblem::Length => self.length,
            PasswordProblem::Common => self.common,
            PasswordProblem::Own => self.own,
            PasswordProblem::Same => self.same,
        }
    }
}

pub(crate) static TEXTS: InLanguages<Texts> = InLanguages {
    en: Texts {
        length: "The password must have 8 to 72 characters.",
        common: "Many people use this password, so it is among the first that are guessed. Choose another.",
        own: "Your name or email address is easily guessed. Choose another password.",
        same: "This is the password that you have. Choose another.",
        change: Task {
            title: "Change your password",
            reason: "You stay signed in here, and are signed out everywhere else.",
            submit: "Change password",
        },
        replace: Task {
            title: "Choose a password",
            reason: "Your password was made by somebody else. Choose one that only you know.",
            submit: "Continue",
        },
        current: "Current password",
        new: "New password",
        wrong: "The current password is wrong.",
        changed: ("Your password is changed", "You stay signed in here, and are signed out everywhere else."),
    },
    de: Texts {
        length: "Das Passwort muss 8 bis 72 Zeichen haben.",
        common: "Viele benutzen dieses Passwort, daher wird es mit als Erstes erraten. Wählen Sie ein anderes.",
        own: "Ihr Name oder Ihre E-Mail-Adresse ist leicht zu erraten. Wählen Sie ein anderes Passwort.",
        same: "Dieses Passwort haben Sie schon. Wählen Sie ein anderes.",
        change: Task {
            title: "Passwort ändern",
            reason: "Sie bleiben hier angemeldet und werden überall sonst abgemeldet.",
            submit: "Passwort ändern",
        },
        replace: Task {
            title: "Passwort wählen",
            reason: "Ihr Passwort stammt von jemand anderem. Wählen Sie eines, das nur Sie kennen.",
            submit: "Weiter",
        },
        current: "Bisheriges Passwort",
        new: "Neues Passwort",
        wrong: "Das bisherige Passwort ist falsch.",
        changed: ("Ihr Passwort ist geändert", "Sie bleiben hier angemeldet und sind überall sonst abgemeldet."),
    },
    ar: Texts {
        length: "يجب أن تتكون كلمة المرور من 8 أحرف إلى 72 حرفًا.",
        common: "كثيرون يستخدمون كلمة المرور هذه، لذا فهي من أول ما يُخمَّن. اختر كلمة أخرى.",
        own: "من السهل تخمين اسمك أو عنوان بريدك الإلكتروني. اختر كلمة مرور أخرى.",
        same: "هذه هي كلمة المرور التي لديك. اختر كلمة أخرى.",
        change: Task {
            title: "تغيير كلمة المرور",
            reason: "ستبقى مسجّل الدخول هنا، وسيُسجَّل خروجك من كل مكان آخر.",
            submit: "تغيير كلمة المرور",
        },
        replace: Task {
            title: "اختيار كلمة مرور",
            reason: "كلمة مرورك أنشأها شخص آخر. اختر كلمة لا يعرفها سواك.",
            submit: "متابعة",
        },
        current: "كلمة المرور الحالية",
        new: "كلمة المرور الجديدة",
        wrong: "كلمة المرور الحالية غير صحيحة.",
        changed: ("تم تغيير كلمة المرور", "ستبقى مسجّل الدخول هنا، وسُجّل خروجك من كل مكان آخر."),
    },
};
