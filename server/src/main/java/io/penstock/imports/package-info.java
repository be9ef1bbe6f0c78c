/**
 * Stubs made from what was there before: exchanges of the journal, HTTP archives and WireMock's
 * mappings. What cannot be taken over is named, never dropped in silence.
 */
@NullMarked
package io.penstock.imports;

import org.jspecify.annotations.NullMarked;
