//! The HTTP interface: codec, connections, authentication, routes, pages.
