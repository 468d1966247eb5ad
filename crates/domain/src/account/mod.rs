//! The pages of a user's own account.

mod applications;
mod deletion;
mod devices;
mod page;
mod profile;

pub use applications::{Application, Applications, applications, disconnect};
pub use deletion::{Deletion, Outcome as DeletionOutcome, delete};
pub(crate) use devices::name as device_name;
pub use devices::{Device, Devices, devices};
pub use page::AccountPage;
pub use profile::{Field, Profile, Profiles, change_profile};
