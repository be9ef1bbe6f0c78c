/**
 * The outputs that tenants have configured: which sink goes with which configuration, and the life
 * of each sink from the table to the shipper.
 */
@NullMarked
package io.penstock.outputs;

import org.jspecify.annotations.NullMarked;
