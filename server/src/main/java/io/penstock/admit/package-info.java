/**
 * Who may send: measures posts, datagrams and streams against the sources of the control plane,
 * keeps count of what each source did, and tells the kernel whom to listen to. The answer for a
 * datagram costs a look into an immutable table; nothing here asks a database while it decides.
 */
@NullMarked
package io.penstock.admit;

import org.jspecify.annotations.NullMarked;
