//! What the control file says: plain data, no input or output, no parsing.
