export type {
  BatchConsumer,
  BatchSubscription,
  Bus,
  BusMessage,
  DurableConsumer,
  DurableMessage,
  DurableStream,
  SubscribeOptions,
  Subscription,
} from './bus.js';
export { InProcessBus } from './bus-in-process.js';
export { NatsBus, type NatsBusOptions } from './bus-nats.js';
export { isSubject, isSubjectPattern, subjectMatches } from './bus-subject.js';
export { ByTenant, otherTenants } from './by-tenant.js';
export { type CallTrace, type CallTraceOptions, callTrace } from './call-trace.js';
export { acceptedFormat, type ExpositionFormat, expositionTypes, mergedMetrics } from './exposition.js';
export { FreshAnswers, type FreshAnswersOptions } from './fresh-answers.js';
export { GrpcChannel, type GrpcChannelOptions } from './grpc-channel.js';
export { createClient, type GrpcClientOptions } from './grpc-client.js';
export { type GrpcMeter, grpcMeter, traceIdOf } from './grpc-metrics.js';
export { GrpcServer, type GrpcServerOptions, type RegisterOptions, registerService } from './grpc-server.js';
export { errorFromStatus, statusFromError } from './grpc-status.js';
export { type CheckResult, Health, type HealthCheck, type Readiness } from './health.js';
export { type HttpPart, HttpServer, type HttpServerOptions } from './http-server.js';
export { Instances, type InstancesOptions } from './instances.js';
export {
  installSignalHandlers,
  type RunningService,
  Shutdown,
  type ShutdownOptions,
  type ShutdownOutcome,
} from './lifecycle.js';
export { type ListenSettings, listenError } from './listen-error.js';
export {
  createLogger,
  type LogFields,
  type Logger,
  type LoggerOptions,
  silentLogger,
  withoutCredentials,
} from './logger.js';
export { meteredBus } from './metered-bus.js';
export { createMetrics, createProcessMetrics } from './metrics.js';
export { type MigrateOptions, migrate } from './migrations.js';
export { openModule, SERVICE_CONTEXT, ServiceContextModule } from './nest-context.js';
export { nestLogger } from './nest-logger.js';
export { type CallObserver, observedCalls } from './observed-calls.js';
export { OutageLog } from './outage-log.js';
export { PeerCertificates, type PeerCertificatesOptions, type PeerFiles } from './peer-certificates.js';
export { mutualTls, type PeerChannel, type PeerCredentials, unprovenPeers } from './peer-credentials.js';
export {
  latencyBucketsSec,
  PlainHistogram,
  type ReadHistogram,
  type ReadSummary,
  readHistogram,
  readSummary,
} from './plain-histogram.js';
export {
  Postgres,
  type PostgresOptions,
  type PostgresSession,
  quoteIdentifier,
  type Rows,
  type Statement,
} from './postgres.js';
export { brokenConstraint, classifyPostgresError, type PostgresErrorKind } from './postgres-errors.js';
export { registerPostgresMetrics } from './postgres-metrics.js';
export { type Readings, type ReadMetric, readCounter, readGauge } from './readings.js';
export { retryAtStart, type StartRetryOptions } from './resilience.js';
export { SealKeyFile, type SealKeyFileOptions } from './seal-key-file.js';
export {
  makeSelfSignedCertificate,
  type SelfMadeCertificate,
  type SelfMadeCertificateOptions,
} from './self-made-certificate.js';
export { createServiceContext, type ProcessContext, type ServiceContext } from './service-context.js';
export { isTransient, ServiceError, type ServiceErrorCode, serviceErrorCodes } from './service-error.js';
export type {
  Endpoint,
  LogLevel,
  MediaHost,
  PinholeChoice,
  PortRange,
  SealKey,
  UdpChoice,
  WebhookTargets,
} from './setting-values.js';
export { parseEndpoint } from './setting-values.js';
export {
  formatSettingProblems,
  readSettings,
  type SettingProblem,
  type Settings,
  type SettingsResult,
} from './settings.js';
export { describeSettings } from './settings-documentation.js';
export {
  type CertificateSource,
  defaultSipListeners,
  isWildcard,
  parseSipListener,
  parseSipListeners,
  type SipListener,
  type SipTransport,
  sipTransports,
} from './sip-listener.js';
export {
  noSpan,
  type Span,
  type SpanAttributes,
  type SpanOptions,
  type SpanParent,
  type SpanRecorder,
} from './span.js';
export { formatTraceparent, parseTraceparent, type TraceContext } from './traceparent.js';
export { Tracing, type TracingOptions } from './tracing.js';
export { WatchedFiles, type WatchedFilesOptions } from './watched-files.js';
