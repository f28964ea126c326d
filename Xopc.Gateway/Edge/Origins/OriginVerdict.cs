namespace Xopc.Gateway.Edge.Origins;

/// <summary>What the origin check says of a request.</summary>
internal enum OriginVerdict
{
    /// <summary>No browser page that says where it is from; the credential decides.</summary>
    NoOrigin,

    /// <summary>It stands in the list.</summary>
    Listed,

    /// <summary>A page of this machine, or one that came from the same host.</summary>
    Allowed,

    /// <summary>Allowed because everybody is (<c>*</c>): without browser credentials.</summary>
    AnyAllowed,

    /// <summary>A place where the origin does not matter: files of an extension's frame, whose origin is <c>null</c>.</summary>
    Exempt,

    RefusedOrigin,

    /// <summary>The request was sent to a name that this gateway does not have: a page whose name was pointed here (DNS rebinding).</summary>
    RefusedHost,

    /// <summary>A change asked for by a page of another site that hides where it is from.</summary>
    RefusedSite,
}
