using System.Text;
using Xopc.Contracts.Messages;

namespace Xopc.Storage.Tests;

internal static class Message
{
    public static StreamMessage Of(string id, string key = "main:webchat", string stream = WorkStreams.Turns, string text = "hello") =>
        new(id, stream, key, Encoding.UTF8.GetBytes(text), "channels", "ada", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
}
