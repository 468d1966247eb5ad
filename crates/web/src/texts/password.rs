//! Why a password cannot be chosen.

use domain::password::PasswordProblem;

use super::InLanguages;

pub(crate) struct Texts {
    length: &'static str,
    common: &'static str,
    own: &'static str,
}

impl Texts {
    /// What is wrong with a new password.
    pub(crate) fn of(&self, problem: PasswordProblem) -> &'static str {
        match problem {
            PasswordProblem::Length => self.length,
            PasswordProblem::Common => self.common,
            PasswordProblem::Own => self.own,
        }
    }
}

pub(crate) static TEXTS: InLanguages<Texts> = InLanguages {
    en: Texts {
        length: "The password must have 8 to 72 characters.",
        common: "Many people use this password, so it is among the first that are guessed. Choose another.",
        own: "Your name or email address is easily guessed. Choose another password.",
    },
    de: Texts {
        length: "Das Passwort muss 8 bis 72 Zeichen haben.",
        common: "Viele benutzen dieses Passwort, daher wird es mit als Erstes erraten. Wählen Sie ein anderes.",
        own: "Ihr Name oder Ihre E-Mail-Adresse ist leicht zu erraten. Wählen Sie ein anderes Passwort.",
    },
    ar: Texts {
        length: "يجب أن تتكون كلمة المرور من 8 أحرف إلى 72 حرفًا.",
        common: "كثيرون يستخدمون كلمة المرور هذه، لذا فهي من أول ما يُخمَّن. اختر كلمة أخرى.",
        own: "من السهل تخمين اسمك أو عنوان بريدك الإلكتروني. اختر كلمة مرور أخرى.",
    },
};
