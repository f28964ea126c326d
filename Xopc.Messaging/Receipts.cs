using System.Text.Json;
using System.Text.Json.Serialization;
using Xopc.Contracts.Messages;

namespace Xopc.Messaging;

/// <summary>
/// The stream <c>receipts</c>, one per sending database, so that each has one group and an acknowledged entry can be deleted. A receipt names message ids
/// that their receiver has; it may be lost (the sender's sweep asks again) and may come twice.
/// </summary>
internal static class Receipts
{
    public static string StreamOf(string sender) => $"receipts:{sender}";

    public static StreamMessage For(string sender, string receiver, IReadOnlyList<string> messageIds) =>
        new(Id: messageIds[0], StreamOf(sender), Key: sender, JsonSerializer.SerializeToUtf8Bytes(messageIds, ReceiptsJson.Default.IReadOnlyListString), receiver, PrincipalId: "");

    /// <summary>The ids; empty for a body that is none of ours.</summary>
    public static IReadOnlyList<string> Read(StreamMessage receipt)
    {
        try
        {
            return JsonSerializer.Deserialize(receipt.Body.Span, ReceiptsJson.Default.IReadOnlyListString)?.OfType<string>().ToList() ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}

[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class ReceiptsJson : JsonSerializerContext;
