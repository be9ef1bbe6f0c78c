package io.penstock.registry;

import io.penstock.wire.DataType;

/**
 * What one field means: an entry of IANA's registry, of a vendor's, or of NetFlow v9.
 *
 * @param enterprise private enterprise number, 0 for IANA's elements and for NetFlow v9's own
 * @param id element id without the enterprise bit
 * @param name the registry's spelling
 * @param type how its octets are read
 * @param semantics the registry's word for how values add up ({@code deltaCounter}, {@code
 *     identifier}, ...); empty when it has none
 * @param units the registry's word for the unit ({@code octets}, {@code milliseconds}, ...); empty
 *     when it has none
 */
public record InformationElement(
    long enterprise, int id, String name, DataType type, String semantics, String units) {}
