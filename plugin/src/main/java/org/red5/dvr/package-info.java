/**
 * Red5 Cluster DVR. Packages, lowest first (imports run downwards only): {@code media}, {@code media.fmp4},
 * {@code media.flv}, {@code timeline}, {@code store}, {@code archive}, {@code record}, {@code playback}, {@code http},
 * {@code config}, {@code red5}.
 */
package org.red5.dvr;
