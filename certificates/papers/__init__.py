"""What people look at: papers, sealed, and badges' pictures with the credential baked in."""
