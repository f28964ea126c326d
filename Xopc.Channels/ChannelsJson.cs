using System.Text.Json.Serialization;
using Xopc.Channels.Accounts;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Intake;
using Xopc.Channels.Pairing;
using Xopc.Channels.Telegram.Text;
using Xopc.Channels.Telegram.Webhooks;
using Xopc.Contracts.Messages;

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
[JsonSerializable(typeof(AccountChanged))]
[JsonSerializable(typeof(ChannelList))]
[JsonSerializable(typeof(ChannelStatusList))]
[JsonSerializable(typeof(AccountView))]
[JsonSerializable(typeof(InboundMessage))]
[JsonSerializable(typeof(List<TextPart>))]
[JsonSerializable(typeof(AccountState))]
[JsonSerializable(typeof(WebhookNote))]
[JsonSerializable(typeof(WebhookAnswer))]
[JsonSerializable(typeof(PairingState))]
[JsonSerializable(typeof(PairingSummary))]
[JsonSerializable(typeof(PairingOrder))]
[JsonSerializable(typeof(PairingAnswer))]
[JsonSerializable(typeof(PairingChanged))]
internal sealed partial class ChannelsJson : JsonSerializerContext;
