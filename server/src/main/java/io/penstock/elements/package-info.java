/**
 * The operator's own Information Elements: a YAML file that names private elements, read whole or
 * not at all, followed while the server runs, and laid over the registry that ships. The decoders
 * ask {@link io.penstock.elements.ElementsFile#registry} for the registry in use.
 */
@NullMarked
package io.penstock.elements;

import org.jspecify.annotations.NullMarked;
