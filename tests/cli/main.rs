//! What commands print and leave behind.
