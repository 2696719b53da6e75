//! The host's pluggable authentication modules (PAM): may this user log in with this password?
//!
//! Modules ask whomever they like for as long as they like, and run code of their own: only a disposable child calls this.

use super::library::Library;
use std::ffi::{CString, c_char, c_int, c_uint, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The host has no PAM.
    NoLibrary,
    /// The password is wrong, there is no such user, or the account is locked or has expired.
    Denied,
    /// The modules cannot tell: the number of a PAM error, as in `_pam_types.h`.
    Broken(i32),
}

const SUCCESS: c_int = 0;
const BUFFER_ERROR: c_int = 5;
/// Permission denied, wrong password, credentials insufficient, unknown user, too many tries, a new password is due, the
/// account has expired.
const DENIALS: [c_int; 7] = [6, 7, 8, 10, 11, 12, 13];
const CONVERSATION_ERROR: c_int = 19;
const PROMPT_ECHO_OFF: c_int = 1;
const PROMPT_ECHO_ON: c_int = 2;
const REMOTE_HOST: c_int = 4;
const FAIL_DELAY: c_int = 10;
/// Nothing is shown, and an empty password is none.
const FLAGS: c_int = 0x8000 | 0x1;

#[repr(C)]
struct Message {
    style: c_int,
    text: *const c_char,
}

#[repr(C)]
struct Response {
    text: *mut c_char,
    code: c_int,
}

type Talk = unsafe extern "C" fn(c_int, *const *const Message, *mut *mut Response, *mut c_void) -> c_int;

#[repr(C)]
struct Conversation {
    talk: Talk,
    data: *mut c_void,
}

type Handle = *mut c_void;
type Start = unsafe extern "C" fn(*const c_char, *const c_char, *const Conversation, *mut Handle) -> c_int;
type StartIn = unsafe extern "C" fn(
    *const c_char,
    *const c_char,
    *const Conversation,
    *const c_char,
    *mut Handle,
) -> c_int;
type PamCall = unsafe extern "C" fn(Handle, c_int) -> c_int;
type SetItem = unsafe extern "C" fn(Handle, c_int, *const c_void) -> c_int;

/// Who wants in.
#[derive(Debug, Clone, Copy)]
pub struct Login<'a> {
    /// The name of the PAM service.
    pub service: &'a str,
    /// The user.
    pub user: &'a str,
    /// His password.
    pub password: &'a str,
    /// Where he comes from, for the modules' own logs.
    pub host: &'a str,
    /// The folder of service files; `None`: the host's.
    pub folder: Option<&'a Path>,
}

/// Asks the modules of the service for that password, and whether the account may be used.
///
/// # Errors
/// See [`Failure`]; a NUL in a name or password is [`Failure::Denied`].
pub fn authenticate(login: &Login<'_>) -> Result<(), Failure> {
    let text = |text: &str| CString::new(text).map_err(|_| Failure::Denied);
    let (service, user) = (text(login.service)?, text(login.user)?);
    let (password, host) = (text(login.password)?, text(login.host)?);
    let library = Library::open(&[c"libpam.so.0"]).ok_or(Failure::NoLibrary)?;
    let find = |name| library.function(name).ok_or(Failure::NoLibrary);
    // SAFETY: these functions have had these types since Linux-PAM 1.0.
    let (start, set_item, check_password, check_account, end) = unsafe {
        (
            std::mem::transmute::<ptr::NonNull<c_void>, Start>(find(c"pam_start")?),
            std::mem::transmute::<ptr::NonNull<c_void>, SetItem>(find(c"pam_set_item")?),
            std::mem::transmute::<ptr::NonNull<c_void>, PamCall>(find(c"pam_authenticate")?),
            std::mem::transmute::<ptr::NonNull<c_void>, PamCall>(find(c"pam_acct_mgmt")?),
            std::mem::transmute::<ptr::NonNull<c_void>, PamCall>(find(c"pam_end")?),
        )
    };
    let conversation = Conversation { talk, data: password.as_ptr().cast_mut().cast() };
    let mut handle: Handle = ptr::null_mut();
    let begun = match login.folder {
        // SAFETY: NUL-terminated texts, and a conversation whose data outlives the handle.
        None => unsafe { start(service.as_ptr(), user.as_ptr(), &raw const conversation, &raw mut handle) },
        Some(folder) => {
            let folder = CString::new(folder.as_os_str().as_bytes()).map_err(|_| Failure::Denied)?;
            // SAFETY: this function has this type since Linux-PAM 1.4; the arguments are as above.
            unsafe {
                let start_in =
                    std::mem::transmute::<ptr::NonNull<c_void>, StartIn>(find(c"pam_start_confdir")?);
                let (service, user) = (service.as_ptr(), user.as_ptr());
                start_in(service, user, &raw const conversation, folder.as_ptr(), &raw mut handle)
            }
        }
    };
    if begun != SUCCESS || handle.is_null() {
        return Err(Failure::Broken(begun));
    }
    // SAFETY: a handle that pam_start has made and pam_end frees; the texts live until then. The pause after a wrong
    // password is not the modules' business: ours is longer, and takes nobody else's time.
    let outcome = unsafe {
        set_item(handle, REMOTE_HOST, host.as_ptr().cast());
        set_item(handle, FAIL_DELAY, no_delay as *const c_void);
        let outcome = match check_password(handle, FLAGS) {
            SUCCESS => check_account(handle, FLAGS),
            failure => failure,
        };
        end(handle, outcome);
        outcome
    };
    match outcome {
        SUCCESS => Ok(()),
        denial if DENIALS.contains(&denial) => Err(Failure::Denied),
        other => Err(Failure::Broken(other)),
    }
}

extern "C" fn no_delay(_: c_int, _: c_uint, _: *mut c_void) {}

/// Answers the modules: the password, where they ask for something that is not shown.
///
/// # Safety
/// As PAM calls it: `count` messages, room for the pointer to as many responses, and our password as data.
unsafe extern "C" fn talk(
    count: c_int,
    messages: *const *const Message,
    out: *mut *mut Response,
    password: *mut c_void,
) -> c_int {
    let Some(count) = usize::try_from(count).ok().filter(|count| (1..=32).contains(count)) else {
        return CONVERSATION_ERROR;
    };
    // SAFETY: memory that PAM frees; zeros are responses without a text.
    let responses: *mut Response = unsafe { libc::calloc(count, size_of::<Response>()) }.cast();
    if responses.is_null() {
        return BUFFER_ERROR;
    }
    for at in 0..count {
        // SAFETY: PAM gives `count` pointers to messages; `responses` has as many elements, and each text is a copy
        // that PAM frees.
        unsafe {
            match (**messages.add(at)).style {
                PROMPT_ECHO_OFF => (*responses.add(at)).text = libc::strdup(password.cast()),
                // Somebody wants to know more than a password: we cannot say.
                PROMPT_ECHO_ON => {
                    for before in 0..at {
                        libc::free((*responses.add(before)).text.cast());
                    }
                    libc::free(responses.cast());
                    return CONVERSATION_ERROR;
                }
                _ => {}
            }
        }
    }
    // SAFETY: room for one pointer, as PAM says.
    unsafe { *out = responses };
    SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::Scratch;
    use crate::sys::fork::{all_output, run_in_child};
    use std::io::Write;

    /// What these service files say of `user` with the password `secret`.
    fn ask(lines: &str, password: &str) -> String {
        let folder = Scratch::new();
        std::fs::write(folder.join("monit"), lines).unwrap();
        let (host, folder) = ("192.0.2.1", Some(&*folder));
        let login = Login { service: "monit", user: "root", password, host, folder };
        let task = run_in_child(|out| {
            out.write_all(format!("{:?}", authenticate(&login)).as_bytes()).unwrap();
        })
        .unwrap();
        String::from_utf8(all_output(&task)).unwrap()
    }

    #[test]
    fn the_modules_decide_and_get_the_password() {
        if crate::sys::ran_alone() {
            return;
        }
        let script = Scratch::new();
        let path = script.join("check");
        // What pam_exec hands over ends with a NUL.
        std::fs::write(&path, "#!/bin/sh\n[ \"$(tr -d '\\000')\" = secret ] && [ $PAM_RHOST = 192.0.2.1 ]\n")
            .unwrap();
        crate::sys::Scratch::make_executable(&path);
        let asks = format!("auth required pam_exec.so quiet expose_authtok {}\n", path.display());
        let lines = format!("{asks}account required pam_permit.so\n");
        match &*ask(&lines, "secret") {
            "Ok(())" => {}
            // The first: no PAM, or one without pam_start_confdir. The second: none of its modules.
            "Err(NoLibrary)" | "Err(Broken(28))" => {
                return crate::sys::skip("PAM", "this host has none that can be tested");
            }
            other => panic!("{other}"),
        }
        assert_ne!(ask(&lines, "secre"), "Ok(())");
        assert_eq!(
            ask("auth required pam_deny.so\naccount required pam_permit.so\n", "secret"),
            "Err(Denied)"
        );
        let locked = format!("{asks}account required pam_deny.so\n");
        assert_eq!(ask(&locked, "secret"), "Err(Denied)");
        assert_ne!(ask("", "secret"), "Ok(())", "no rules let nobody in");
        assert_eq!(ask(&lines, "secret\0"), "Err(Denied)");
    }
}
