package org.red5.dvr.http;

/** What a request gets: all of it at once, all of it later, or bytes for as long as they come. */
public sealed interface Reply permits HttpReply, LaterReply, StreamReply {}
