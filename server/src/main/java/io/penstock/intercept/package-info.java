/**
 * The listeners through which programs are intercepted: forward proxy, reverse, mock and SOCKS.
 * They read what comes, ask the policy before anything is looked up or connected to, answer,
 * refuse, forward or tunnel, and hand every exchange to the journal.
 */
@NullMarked
package io.penstock.intercept;

import org.jspecify.annotations.NullMarked;
