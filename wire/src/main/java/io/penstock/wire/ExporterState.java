package io.penstock.wire;

/**
 * What a decoder holds for one exporter.
 *
 * @param exporter the transport session
 * @param templates templates it taught
 * @param waitingSets data sets that wait for a template
 * @param waitingOctets their octets
 */
public record ExporterState(Exporter exporter, int templates, int waitingSets, int waitingOctets) {}
