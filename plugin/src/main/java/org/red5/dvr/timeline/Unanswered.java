package org.red5.dvr.timeline;

/**
 * A server that should have been asked and did not answer; what it holds is unknown.
 *
 * @param server its node, or its address while that is not known
 * @param why a short phrase for a person
 */
public record Unanswered(String server, String why) {}
