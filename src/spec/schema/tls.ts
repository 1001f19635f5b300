import { z } from 'zod';
import { oneOf, oneOrMany } from './forms.ts';
import { file, hostName, listenAddress, none, reference } from './values.ts';

const tlsProfiles = ['modern', 'intermediate', 'dicom-bcp195', 'dicom-bcp195-modified', 'legacy'] as const;

const clients = z.strictObject({
  ca: file.describe('PEM: the CAs that sign client certificates, or the trusted certificates themselves (IHE ITI-19).'),
  verify: oneOf(['required', 'optional'])
    .describe('Whether a client must show a certificate. Default required.')
    .optional(),
});

const listenerTls = z.strictObject({
  certificate: oneOrMany(reference)
    .describe("Names from `certificates`; the first answers clients that name no host. Default: the site's only one.")
    .optional(),
  profile: oneOf(tlsProfiles).describe('Protocol versions and ciphers. Default: what the preset says.').optional(),
  clients: clients.describe('Mutual authentication: who may connect.').optional(),
  redirectFrom: oneOrMany(listenAddress)
    .describe('http services: plain-HTTP listeners that send every client to the HTTPS one (308).')
    .optional(),
});

export const listenerTlsSchema = z.union([none, listenerTls]);

export const serverTlsSchema = z.strictObject({
  verify: file.describe("`none`, or a CA file the server's certificate must chain to."),
  serverName: hostName.describe('The name to ask for (SNI) and to find in the certificate.').optional(),
  certificate: reference.describe('The certificate Vagus shows to the server, by name.').optional(),
});

export const certificateSchema = z.strictObject({
  file: oneOrMany(file).describe('PEM: chain and key. A list where there is an ECDSA certificate beside an RSA one.'),
});
