"""`ivg doctor`: can this machine run this config?"""
