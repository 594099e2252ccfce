package org.red5.dvr.config;

/** Who may change what is kept. */
public record EditAuth(String user, Secret password) {}
