using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Xopc.Scheduler.Occurrences;

namespace Xopc.Scheduler;

/// <summary>Source-generated JSON of this service: bodies, answers, and what its database keeps.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(OccurrenceEvent))]
internal sealed partial class SchedulerJson : JsonSerializerContext;
