using System.Diagnostics.CodeAnalysis;
using StackExchange.Redis;
using Xopc.Contracts.Messages;

namespace Xopc.Messaging.Redis;

/// <summary>A message as stream fields: <c>id … key … snd … prn … tp … body …</c>, all UTF-8; an absent trace is empty.</summary>
internal static class RedisStreamEntry
{
    /// <summary>Values per message, in the order the publishing script expects.</summary>
    public const int Width = 6;

    public static void Append(List<RedisValue> arguments, StreamMessage message)
    {
        arguments.Add(message.Id);
        arguments.Add(message.Key);
        arguments.Add(message.Sender);
        arguments.Add(message.PrincipalId);
        arguments.Add(message.TraceParent ?? "");
        arguments.Add(message.Body);
    }

    public static bool TryParse(string stream, RawEntry entry, [NotNullWhen(true)] out StreamMessage? message)
    {
        var (id, key, sender) = (entry.Text("id"), entry.Text("key"), entry.Text("snd"));
        if (id.Length is 0 or > 200 || key.Length == 0 || sender.Length == 0)
        {
            message = null;
            return false;
        }

        var trace = entry.Text("tp");
        message = new StreamMessage(id, stream, key, entry.Bytes("body"), sender, entry.Text("prn"), trace.Length == 0 ? null : trace);
        return true;
    }
}
