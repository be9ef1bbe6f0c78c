/**
 * The installation's own certificate authority and the certificates that it issues for hosts whose
 * traffic is read.
 */
@NullMarked
package io.penstock.certificate;

import org.jspecify.annotations.NullMarked;
