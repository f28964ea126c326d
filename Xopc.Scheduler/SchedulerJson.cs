using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Xopc.Scheduler.Api;
using Xopc.Scheduler.Occurrences;

namespace Xopc.Scheduler;

/// <summary>Source-generated JSON of this service: bodies, answers, and what its database keeps.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(OccurrenceEvent))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(JobsAnswer))]
[JsonSerializable(typeof(JobAnswer))]
[JsonSerializable(typeof(JobCreated))]
[JsonSerializable(typeof(JobUpdated))]
[JsonSerializable(typeof(JobRemoved))]
[JsonSerializable(typeof(JobToggled))]
[JsonSerializable(typeof(JobAcknowledged))]
[JsonSerializable(typeof(JobTriggered))]
[JsonSerializable(typeof(JobRunAnswer))]
[JsonSerializable(typeof(JobHistory))]
[JsonSerializable(typeof(RunsHistory))]
[JsonSerializable(typeof(CronMetrics))]
[JsonSerializable(typeof(TriggerBody))]
[JsonSerializable(typeof(ToggleBody))]
[JsonSerializable(typeof(PreviewBody))]
[JsonSerializable(typeof(PreviewAnswer))]
[JsonSerializable(typeof(JobEvent))]
[JsonSerializable(typeof(JobBody))]
internal sealed partial class SchedulerJson : JsonSerializerContext;
