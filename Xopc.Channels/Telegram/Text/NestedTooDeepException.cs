namespace Xopc.Channels.Telegram.Text;

/// <summary>The parser offers no other way out of a document.</summary>
internal sealed class NestedTooDeepException() : Exception("The blocks are nested too deep.");
