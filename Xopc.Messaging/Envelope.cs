using Xopc.Contracts.Messages;

namespace Xopc.Messaging;

/// <summary>A message as it came off a stream. The entry only carried it: attempts and state live in the receiver's inbox row.</summary>
/// <param name="EntryId">What to acknowledge.</param>
internal sealed record Envelope(string EntryId, StreamMessage Message);
