namespace Xopc.Agents.Models;

/// <summary>Why a model call failed for good.</summary>
internal enum ModelFailureKind { NotConfigured, Unauthorized, RateLimited, Overloaded, ContextTooLong, BadRequest, Network, Timeout, Malformed, Empty }
