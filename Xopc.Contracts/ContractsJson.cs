using System.Text.Json.Serialization;
using Xopc.Contracts.Messages;

namespace Xopc.Contracts;

/// <summary>Source-generated JSON of everything that crosses a process boundary.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(TurnRequested))]
[JsonSerializable(typeof(DeliveryRequested))]
[JsonSerializable(typeof(OccurrenceReported))]
[JsonSerializable(typeof(PostRequested))]
[JsonSerializable(typeof(ControlMessage))]
[JsonSerializable(typeof(RunStarted))]
[JsonSerializable(typeof(Principal))]
public sealed partial class ContractsJson : JsonSerializerContext;
