using System.Text.Json.Serialization;
using Xopc.Channels.Deliveries;

namespace Xopc.Channels;

/// <summary>Source-generated JSON of this service: bodies, answers, and what its database keeps.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(DeliveryUpdated))]
[JsonSerializable(typeof(SendMessage))]
[JsonSerializable(typeof(MessageAccepted))]
[JsonSerializable(typeof(DeliveryView))]
[JsonSerializable(typeof(DeliveryPage))]
[JsonSerializable(typeof(DeliveryChanged))]
internal sealed partial class ChannelsJson : JsonSerializerContext;
